/* After https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps (the token
 * response), https://docs.github.com/en/rest/users/users (Get the authenticated user) and
 * https://docs.github.com/en/rest/users/emails (List email addresses for the authenticated user) */
#include "gate/test_preset.h"

const struct test_preset test_preset_github = {
	.config = "{\"issuer\": null, \"provider\": \"github\", \"client_id\": \"Iv1.8a61f9b3a7aba766\"}",
	.pages =
		{{"https://api.github.com/user",
		  "{\"login\": \"octocat\", \"id\": 583231, \"node_id\": \"MDQ6VXNlcjU4MzIzMQ==\", "
		  "\"avatar_url\": \"https://avatars.githubusercontent.com/u/583231?v=4\", \"gravatar_id\": "
		  "\"\", \"url\": \"https://api.github.com/users/octocat\", \"html_url\": "
		  "\"https://github.com/octocat\", \"type\": \"User\", \"site_admin\": false, \"name\": "
		  "\"monalisa octocat\", \"company\": \"GitHub\", \"blog\": \"https://github.com/blog\", "
		  "\"location\": \"San Francisco\", \"email\": \"octocat@github.com\", \"hireable\": false, "
		  "\"bio\": \"There once was...\", \"public_repos\": 2, \"two_factor_authentication\": "
		  "true}"},
		 {"https://api.github.com/user/emails",
		  "[{\"email\": \"old@example.com\", \"primary\": false, \"verified\": true, \"visibility\": "
		  "null}, {\"email\": \"mona@example.com\", \"primary\": true, \"verified\": true, "
		  "\"visibility\": \"private\"}]"}},
	.token_url = "https://github.com/login/oauth/access_token",
	.token = "{\"access_token\": \"gho_16C7e42F292c6912E7710c838347Ae178B4a\", \"scope\": "
		 "\"read:user,user:email\", \"token_type\": \"bearer\"}",
};
