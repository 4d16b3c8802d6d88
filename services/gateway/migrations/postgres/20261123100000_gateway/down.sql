DROP TABLE login_guard;
DROP TABLE revocation;
DROP TABLE signing_key;
DROP TABLE api_client;
DROP TABLE refresh_token;
DROP TABLE session;
DROP TABLE account;
