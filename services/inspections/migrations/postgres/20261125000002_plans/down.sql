DROP TRIGGER lint_certificate_immutable ON lint_certificate;
DROP FUNCTION refuse_change_of_plans();
DROP TABLE lint_certificate;
DROP TABLE plan_stratum;
DROP TABLE plan_part;
DROP TABLE plan;
