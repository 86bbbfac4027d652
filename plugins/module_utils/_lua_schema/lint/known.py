# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that plugins cannot have, and modules and globals that are there without being shipped."""

from __future__ import annotations

_BUNDLED = """
ace acl acme ai-aws-guardrails ai-azure-content-safety ai-gcp-model-armor ai-lakera-guard ai-llm-as-judge
ai-mcp-oauth2 ai-mcp-proxy ai-prompt-compressor ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy
ai-proxy-advanced ai-rag-injector ai-rate-limiting-advanced ai-request-transformer ai-response-transformer
ai-sanitizer ai-semantic-cache ai-semantic-prompt-guard ai-semantic-response-guard app-dynamics
application-registration aws-lambda azure-functions basic-auth bot-detection canary confluent confluent-consume
correlation-id cors datadog datakit degraphql exit-transformer file-log forward-proxy graphql-proxy-cache-advanced
graphql-rate-limiting-advanced grpc-gateway grpc-web header-cert-auth hmac-auth http-log injection-protection
ip-restriction jq json-threat-protection jwe-decrypt jwt jwt-signer kafka-consume kafka-log kafka-upstream key-auth
key-auth-enc konnect-application-auth ldap-auth ldap-auth-advanced loggly mocking mtls-auth oas-validation oauth2
oauth2-introspection opa openid-connect opentelemetry post-function pre-function prometheus proxy-cache
proxy-cache-advanced rate-limiting rate-limiting-advanced redirect request-callout request-size-limiting
request-termination request-transformer request-transformer-advanced request-validator response-ratelimiting
response-transformer response-transformer-advanced route-by-header route-transformer-advanced saml
service-protection session solace-consume solace-log solace-upstream standard-webhooks statsd statsd-advanced
syslog tcp-log tls-handshake-modifier tls-metadata-headers udp-log upstream-oauth upstream-timeout vault-auth
websocket-size-limit websocket-validator xml-threat-protection zipkin
"""
BUNDLED = frozenset(_BUNDLED.split())

_LUA_GLOBALS = """
_G _VERSION assert bit collectgarbage coroutine debug dofile error gcinfo getfenv getmetatable io ipairs jit load
loadfile loadstring math module newproxy next os package pairs pcall print rawequal rawget rawset require select
setfenv setmetatable string table tonumber tostring type unpack xpcall
"""
LUA_GLOBALS = frozenset(_LUA_GLOBALS.split())
MACHINE = frozenset(("io", "os", "debug", "package", "dofile", "loadfile"))

# What of `ngx` a control plane has (konnect-api.md k).
CONTROL_PLANE_NGX = frozenset(("time", "now", "update_time", "encode_base64", "null"))

NEWEST_KONG = "3.10"  # what a control plane is taken to be at least

TYPEDEFS = "kong.db.schema.typedefs"

# LuaJIT's and OpenResty's own. What Kong brings for itself, such as resty.http, is left out: a plugin that needs it
# depends on the version that a release of Kong happens to bring.
_MODULES_WITH_THE_GATEWAY = """
bit cjson cjson.safe coroutine debug ffi io jit jit.profile jit.util math ngx os package string string.buffer table
table.clear table.clone table.isarray table.isempty table.new table.nkeys thread.exdata
"""
_WITH_THE_GATEWAY = frozenset(_MODULES_WITH_THE_GATEWAY.split())
_FAMILIES_WITH_THE_GATEWAY = (
    "kong", "ngx", "resty.aes", "resty.core", "resty.dns", "resty.limit", "resty.lock", "resty.lrucache", "resty.md5",
    "resty.memcached", "resty.mysql", "resty.random", "resty.redis", "resty.sha", "resty.sha1", "resty.sha224",
    "resty.sha256", "resty.sha384", "resty.sha512", "resty.shell", "resty.signal", "resty.string", "resty.upload",
    "resty.upstream", "resty.websocket",
)  # fmt: skip


def comes_with_the_gateway(module: str) -> bool:
    """Whether every node has that module without anyone's doing."""
    families = _FAMILIES_WITH_THE_GATEWAY
    return module in _WITH_THE_GATEWAY or any(module == one or module.startswith(f"{one}.") for one in families)
