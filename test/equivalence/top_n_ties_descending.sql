-- Top-n with ties and nulls, descending
SELECT word, m, row FROM 'test/data/ties.csv' ORDER BY word DESC NULLS FIRST, m LIMIT 17;
