-- Top-n that cuts through ties: they break by input order
SELECT word, row FROM 'test/data/ties.csv' ORDER BY word LIMIT 10 OFFSET 3;
