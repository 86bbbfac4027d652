# Copyright (c) 2026 The kongops founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that Kong keeps for its own plugins."""

from __future__ import annotations

_NAMES = """
acl acme ai-azure-content-safety ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy
ai-proxy-advanced ai-rate-limiting-advanced ai-request-transformer ai-response-transformer ai-sanitizer
ai-semantic-cache ai-semantic-prompt-guard app-dynamics application-registration aws-lambda azure-functions
basic-auth bot-detection canary confluent confluent-consume correlation-id cors datadog degraphql
exit-transformer file-log forward-proxy graphql-proxy-cache-advanced graphql-rate-limiting-advanced grpc-gateway
grpc-web header-cert-auth hmac-auth http-log injection-protection ip-restriction jq json-threat-protection
jwe-decrypt jwt jwt-signer kafka-consume kafka-log kafka-upstream key-auth key-auth-enc konnect-application-auth
ldap-auth ldap-auth-advanced loggly mocking mtls-auth oas-validation oauth2 oauth2-introspection opa
openid-connect opentelemetry post-function pre-function prometheus proxy-cache proxy-cache-advanced
rate-limiting rate-limiting-advanced redirect redis-cache-advanced request-callout request-size-limiting
request-termination request-transformer request-transformer-advanced request-validator response-ratelimiting
response-transformer response-transformer-advanced route-by-header route-transformer-advanced saml
service-protection session standard-webhooks statsd statsd-advanced syslog tcp-log tls-handshake-modifier
tls-metadata-headers udp-log upstream-oauth upstream-timeout vault-auth websocket-size-limit websocket-validator
xml-threat-protection zipkin
"""

BUNDLED = frozenset(_NAMES.split())
