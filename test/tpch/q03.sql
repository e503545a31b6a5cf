-- TPC-H Q3, shipping priority
CREATE VIEW customer AS SELECT * FROM 'data/tpch-sf1/customer.parquet';
CREATE VIEW orders AS SELECT * FROM 'data/tpch-sf1/orders.parquet';
CREATE VIEW lineitem AS SELECT * FROM 'data/tpch-sf1/lineitem.parquet';

SELECT
    l_orderkey,
    sum(l_extendedprice * (1 - l_discount)) AS revenue,
    o_orderdate,
    o_shippriority
FROM
    customer,
    orders,
    lineitem
WHERE
    c_mktsegment = 'BUILDING'
    AND c_custkey = o_custkey
    AND l_orderkey = o_orderkey
    AND o_orderdate < date '1995-03-15'
    AND l_shipdate > date '1995-03-15'
GROUP BY
    l_orderkey,
    o_orderdate,
    o_shippriority
ORDER BY
    revenue DESC,
    o_orderdate
LIMIT 10;
