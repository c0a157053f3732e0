"""Every operation of the published Amigo Classic API: its name, method and path.

This is the whole surface, emulated or not. A request to an operation in this table that the fake
does not emulate is answered 501, so that a gap in the fake never looks like a missing resource.
The rows are in the order of the published OpenAPI document; `fixtures/published.json` holds the
rest of its facts.
"""

PUBLISHED: tuple[tuple[str, str, str], ...] = (
    ("get-organization", "GET", "/v1/{organization}/organization/"),
    ("create-organization", "PUT", "/v1/{organization}/organization/"),
    ("modify-organization", "POST", "/v1/{organization}/organization/"),
    ("delete-organization", "DELETE", "/v1/{organization}/organization/"),
    ("create-agent", "POST", "/v1/{organization}/organization/agent"),
    ("get-agents", "GET", "/v1/{organization}/organization/agent"),
    ("create-agent-version", "POST", "/v1/{organization}/organization/agent/{agent_id}/"),
    ("delete-agent", "DELETE", "/v1/{organization}/organization/agent/{agent_id}/"),
    (
        "create-service-hierarchical-state-machine",
        "POST",
        "/v1/{organization}/organization/service_hierarchical_state_machine",
    ),
    (
        "get-service-hierarchical-state-machines",
        "GET",
        "/v1/{organization}/organization/service_hierarchical_state_machine",
    ),
    (
        "create-service-hierarchical-state-machine-version",
        "POST",
        (
            "/v1/{organization}/organization/service_hierarchical_state_machine"
            "/{service_hierarchical_state_machine_id}/"
        ),
    ),
    (
        "delete-service-hierarchical-state-machine",
        "DELETE",
        "/v1/{organization}/organization/service_hierarchical_state_machine/{state_machine_id}/",
    ),
    ("create-api-key", "POST", "/v1/{organization}/organization/api_key/"),
    ("get-api-keys", "GET", "/v1/{organization}/organization/api_key/"),
    ("delete-api-key", "DELETE", "/v1/{organization}/organization/api_key/{api_key_id}/"),
    ("get-agent-versions", "GET", "/v1/{organization}/organization/agent/{agent_id}/version"),
    (
        "get-service-hierarchical-state-machine-versions",
        "GET",
        (
            "/v1/{organization}/organization/service_hierarchical_state_machine"
            "/{service_hierarchical_state_machine_id}/version"
        ),
    ),
    ("get-user-dimensions", "GET", "/v1/{organization}/organization/user_dimensions/"),
    ("get-services", "GET", "/v1/{organization}/service/"),
    ("create-service", "POST", "/v1/{organization}/service/"),
    (
        "upsert-service-version-set",
        "PUT",
        "/v1/{organization}/service/{service_id}/version_sets/{version_set_name}/",
    ),
    (
        "delete-service-version-set",
        "DELETE",
        "/v1/{organization}/service/{service_id}/version_sets/{version_set_name}/",
    ),
    ("update-service", "POST", "/v1/{organization}/service/{service_id}/"),
    ("create-conversation", "POST", "/v1/{organization}/conversation/"),
    ("get-conversations", "GET", "/v1/{organization}/conversation/"),
    (
        "get-conversation-messages",
        "GET",
        "/v1/{organization}/conversation/{conversation_id}/messages/",
    ),
    ("finish-conversation", "POST", "/v1/{organization}/conversation/{conversation_id}/finish/"),
    (
        "recommend-responses-for-interaction",
        "POST",
        (
            "/v1/{organization}/conversation"
            "/{conversation_id}/interaction/{interaction_id}/recommend_responses"
        ),
    ),
    (
        "get-interaction-insights",
        "GET",
        "/v1/{organization}/conversation/{conversation_id}/interaction/{interaction_id}/insights",
    ),
    (
        "interact-with-conversation",
        "POST",
        "/v1/{organization}/conversation/{conversation_id}/interact",
    ),
    (
        "retrieve-message-source",
        "GET",
        "/v1/{organization}/conversation/{conversation_id}/messages/{message_id}/source",
    ),
    (
        "generate-conversation-starter",
        "POST",
        "/v1/{organization}/conversation/conversation_starter",
    ),
    (
        "modify-tags-of-conversation",
        "POST",
        "/v1/{organization}/conversation/{conversation_id}/tags/",
    ),
    ("create-invited-user", "POST", "/v1/{organization}/user/"),
    ("get-users", "GET", "/v1/{organization}/user/"),
    ("sign-in-with-api-key", "POST", "/v1/{organization}/user/signin_with_api_key"),
    ("sign-in-with-email", "POST", "/v1/{organization}/user/signin"),
    ("update-user-info", "POST", "/v1/{organization}/user/{requested_user_id}"),
    ("delete-user", "DELETE", "/v1/{organization}/user/{requested_user_id}"),
    ("get-user-model", "GET", "/v1/{organization}/user/{user_id}/user_model"),
    ("get-memories", "GET", "/v1/{organization}/user/{user_id}/memory"),
    ("search-users", "GET", "/v1/{organization}/user/search/"),
    ("modify-user-variables", "POST", "/v1/{organization}/user/{requested_user_id}/variable"),
    (
        "create-temporary-permission-grant",
        "POST",
        "/v1/{organization}/role/temporary_permission_grant/",
    ),
    (
        "get-temporary-permission-grants",
        "GET",
        "/v1/{organization}/role/temporary_permission_grants/",
    ),
    ("create-role", "POST", "/v1/{organization}/role/"),
    ("get_roles_v1__organization__role__get", "GET", "/v1/{organization}/role/"),
    ("modify-role", "POST", "/v1/{organization}/role/{role_name}"),
    ("assign-role", "POST", "/v1/{organization}/role/{role_name}/assign"),
    ("get-prompt-logs", "GET", "/v1/{organization}/admin/get_prompt_logs/"),
    ("submit-sql-query", "POST", "/v1/{organization}/admin/sql_query"),
    ("get-models", "GET", "/v1/{organization}/admin/get_models/"),
    ("create-webhook-destination", "POST", "/v1/{organization}/webhook_destination/"),
    ("get_webhook_destinations", "GET", "/v1/{organization}/webhook_destination/"),
    (
        "update-webhook-destination",
        "POST",
        "/v1/{organization}/webhook_destination/{webhook_destination_id}",
    ),
    (
        "delete-webhook-destination",
        "DELETE",
        "/v1/{organization}/webhook_destination/{webhook_destination_id}",
    ),
    (
        "rotate-webhook-destination-secret",
        "POST",
        "/v1/{organization}/webhook_destination/{webhook_destination_id}/rotate-secret",
    ),
    (
        "get-webhook-deliveries",
        "GET",
        "/v1/{organization}/webhook_destination/{webhook_destination_id}/delivery",
    ),
    ("create-dynamic-behavior-set", "POST", "/v1/{organization}/dynamic_behavior_set/"),
    ("get-dynamic-behavior-sets", "GET", "/v1/{organization}/dynamic_behavior_set/"),
    (
        "delete-dynamic-behavior-instruction",
        "DELETE",
        "/v1/{organization}/dynamic_behavior_set/{dynamic_behavior_set_id}/",
    ),
    (
        "update-dynamic-behavior-set",
        "POST",
        "/v1/{organization}/dynamic_behavior_set/{dynamic_behavior_set_id}/",
    ),
    (
        "create-dynamic-behavior-set-version",
        "POST",
        "/v1/{organization}/dynamic_behavior_set/{dynamic_behavior_set_id}/version/",
    ),
    (
        "get-dynamic-behavior-set-versions",
        "GET",
        "/v1/{organization}/dynamic_behavior_set/{dynamic_behavior_set_id}/version/",
    ),
    ("search-dynamic-behavior-sets", "GET", "/v1/{organization}/dynamic_behavior_set/search"),
    (
        "get-dynamic-behavior-invocations",
        "GET",
        "/v1/{organization}/dynamic_behavior_set/{dynamic_behavior_set_id}/invocation/",
    ),
    ("create-metric-version", "POST", "/v1/{organization}/metric/{metric_id}/version/"),
    ("get-metric-versions", "GET", "/v1/{organization}/metric/{metric_id}/version"),
    ("create-metric", "POST", "/v1/{organization}/metric/"),
    ("get-metrics", "GET", "/v1/{organization}/metric/"),
    ("update-metric", "POST", "/v1/{organization}/metric/{metric_id}/"),
    ("delete-metric", "DELETE", "/v1/{organization}/metric/{metric_id}/"),
    ("search-metrics", "GET", "/v1/{organization}/metric/search/"),
    ("evaluate-metrics", "POST", "/v1/{organization}/metric/evaluate"),
    ("get-metric-evaluation-results", "GET", "/v1/{organization}/metric/metric_evaluation_result"),
    ("create-simulation-persona", "POST", "/v1/{organization}/simulation/persona/"),
    ("get-simulation-personas", "GET", "/v1/{organization}/simulation/persona/"),
    (
        "create-simulation-persona-version",
        "POST",
        "/v1/{organization}/simulation/persona/{simulation_persona_id}/version/",
    ),
    (
        "get-simulation-persona-versions",
        "GET",
        "/v1/{organization}/simulation/persona/{simulation_persona_id}/version/",
    ),
    (
        "update-simulation-persona",
        "POST",
        "/v1/{organization}/simulation/persona/{simulation_persona_id}/",
    ),
    (
        "delete-simulation-persona",
        "DELETE",
        "/v1/{organization}/simulation/persona/{simulation_persona_id}/",
    ),
    (
        "get-simulation-scenario-versions",
        "GET",
        "/v1/{organization}/simulation/scenario/{simulation_scenario_id}/version/",
    ),
    (
        "create-simulation-scenario-version",
        "POST",
        "/v1/{organization}/simulation/scenario/{simulation_scenario_id}/version/",
    ),
    ("create-simulation-scenario", "POST", "/v1/{organization}/simulation/scenario/"),
    ("get-simulation-scenarios", "GET", "/v1/{organization}/simulation/scenario/"),
    (
        "update-simulation-scenario",
        "POST",
        "/v1/{organization}/simulation/scenario/{simulation_scenario_id}/",
    ),
    (
        "delete-simulation-scenario",
        "DELETE",
        "/v1/{organization}/simulation/scenario/{simulation_scenario_id}/",
    ),
    ("search-simulation-personas", "GET", "/v1/{organization}/simulation/persona/search"),
    ("search-simulation-scenarios", "GET", "/v1/{organization}/simulation/scenario/search"),
    ("create-simulation-unit-test", "POST", "/v1/{organization}/simulation/unit_test/"),
    ("get-simulation-unit-tests", "GET", "/v1/{organization}/simulation/unit_test/"),
    (
        "update-simulation-unit-test",
        "POST",
        "/v1/{organization}/simulation/unit_test/{simulation_unit_test_id}/",
    ),
    (
        "delete-simulation-unit-test",
        "DELETE",
        "/v1/{organization}/simulation/unit_test/{simulation_unit_test_id}/",
    ),
    ("search-simulation-unit-tests", "GET", "/v1/{organization}/simulation/unit_test/search/"),
    ("get-simulation-unit-test-sets", "GET", "/v1/{organization}/simulation/unit_test_set/"),
    ("create-simulation-unit-test-set", "POST", "/v1/{organization}/simulation/unit_test_set/"),
    (
        "search-simulation-unit-test-sets",
        "GET",
        "/v1/{organization}/simulation/unit_test_set/search/",
    ),
    (
        "update-simulation-unit-test-set",
        "POST",
        "/v1/{organization}/simulation/unit_test_set/{simulation_unit_test_set_id}",
    ),
    (
        "delete-simulation-unit-test-set",
        "DELETE",
        "/v1/{organization}/simulation/unit_test_set/{simulation_unit_test_set_id}",
    ),
    (
        "get-simulation-unit-test-set-runs",
        "GET",
        "/v1/{organization}/simulation/unit_test_set_run/",
    ),
    (
        "create-simulation-unit-test-set-run",
        "POST",
        "/v1/{organization}/simulation/unit_test_set_run/",
    ),
    (
        "get-simulation-unit-test-set-run-artifacts",
        "GET",
        (
            "/v1/{organization}/simulation/unit_test_set_run"
            "/{simulation_unit_test_set_run_id}/artifacts/"
        ),
    ),
    (
        "cancel-simulation-unit-test-set-run",
        "DELETE",
        "/v1/{organization}/simulation/unit_test_set_run/{simulation_unit_test_set_run_id}/",
    ),
    ("get-tool-scaffold-release", "GET", "/v1/{organization}/tool/amigo_tool_scaffold.tar.gz"),
    ("create-tool", "POST", "/v1/{organization}/tool/"),
    ("get-tools", "GET", "/v1/{organization}/tool/"),
    ("deprecate-tool-version", "DELETE", "/v1/{organization}/tool/{tool_id}/version/{versions}"),
    ("deprecate-tool", "DELETE", "/v1/{organization}/tool/{tool_id}"),
    ("modify-tool", "POST", "/v1/{organization}/tool/{tool_id}"),
    ("test-tool", "POST", "/v1/{organization}/tool/test"),
    ("modify-tool-envvars", "POST", "/v1/{organization}/tool/{tool_id}/envvar"),
    ("publish-tool-version", "POST", "/v1/{organization}/tool/{tool_id}/version"),
    ("get-tool-versions", "GET", "/v1/{organization}/tool/{tool_id}/version"),
    ("get-tool-invocations", "GET", "/v1/{organization}/tool/invocation"),
    ("invoke-tool-version", "POST", "/v1/{organization}/tool/{tool_id}/version/{version}/invoke"),
    ("search-tool-invocations", "GET", "/v1/{organization}/tool/invocation/search"),
)
