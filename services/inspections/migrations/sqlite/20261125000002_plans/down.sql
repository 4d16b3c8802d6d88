DROP TRIGGER lint_certificate_immutable;
DROP TABLE lint_certificate;
DROP TABLE plan_stratum;
DROP TABLE plan_part;
DROP TABLE plan;
