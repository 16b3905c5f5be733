"""The way in: one HTTP API in front of the router."""

import json

import pulumi
import pulumi_aws as aws

from infra.deployment import Deployment
from infra.router_function import RouterFunction
from shared.deployment import (
    CORS_ALLOWED_HEADERS,
    CORS_EXPOSED_HEADERS,
    CORS_MAX_AGE_S,
    CORS_METHODS,
    GATEWAY_TIMEOUT_MS,
)

PART = "api"
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "status": "$context.status",
    "bytes": "$context.responseLength",
    "ms": "$context.responseLatency",
    "integrationMs": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "integrationError": "$context.integrationErrorMessage",
    "authorizerError": "$context.authorizer.error",
    "error": "$context.error.message",
}


class RouterApi(pulumi.ComponentResource):
    """The public URL: everything goes to the router, whose own 404 and 405 are the API's."""

    def __init__(
        self, deployment: Deployment, router: RouterFunction, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        names = deployment.names
        super().__init__("model-router:index:RouterApi", names.resource(PART), {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.api = aws.apigatewayv2.Api(
            names.resource(PART),
            name=names.of(PART),
            protocol_type="HTTP",
            cors_configuration=_cors(deployment),
            tags=names.tags,
            opts=child,
        )
        self._routes(deployment, router)
        stage = self._stage(deployment)
        aws.lambda_.Permission(
            names.resource(PART),
            action="lambda:InvokeFunction",
            principal="apigateway.amazonaws.com",
            function=router.function.name,
            qualifier=router.live.alias.name,
            source_arn=pulumi.Output.concat(self.api.execution_arn, "/*/*"),
            opts=child,
        )
        self.url = self.api.api_endpoint
        self.domain = self._domain(deployment, stage) if deployment.settings.domain_name else None
        self.register_outputs({"url": self.url})

    def _routes(self, deployment: Deployment, router: RouterFunction) -> None:
        integration = aws.apigatewayv2.Integration(
            deployment.names.resource(PART),
            api_id=self.api.id,
            integration_type="AWS_PROXY",
            integration_uri=router.live.alias.invoke_arn,
            # The provider's default is 1.0, whose events and answers have another shape.
            payload_format_version="2.0",
            timeout_milliseconds=GATEWAY_TIMEOUT_MS,
            opts=pulumi.ResourceOptions(parent=self.api),
        )
        signed = "AWS_IAM" if deployment.settings.auth == "iam" else "NONE"
        routes = {"default": ("$default", signed), "healthz": ("GET /healthz", "NONE")}
        if signed == "AWS_IAM" and deployment.settings.cors_origins:
            # A browser signs no preflight, and a signed $default would refuse it before CORS is looked at.
            routes["preflight"] = ("OPTIONS /{proxy+}", "NONE")
            routes["preflight-root"] = ("OPTIONS /", "NONE")
        for name, (key, authorization) in routes.items():
            aws.apigatewayv2.Route(
                deployment.names.resource(name),
                api_id=self.api.id,
                route_key=key,
                authorization_type=authorization,
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=pulumi.ResourceOptions(parent=self.api),
            )

    def _domain(self, deployment: Deployment, stage: aws.apigatewayv2.Stage) -> dict[str, pulumi.Output[str]]:
        """The API under a domain of its own: its URL, and what a record of that name has to point to."""
        names, settings = deployment.names, deployment.settings
        own = names.resource(PART)
        domain = aws.apigatewayv2.DomainName(
            own,
            domain_name=settings.domain_name,
            domain_name_configuration={
                "certificate_arn": settings.certificate_arn,
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
            tags=names.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.apigatewayv2.ApiMapping(
            own,
            api_id=self.api.id,
            domain_name=domain.id,
            stage=stage.id,
            opts=pulumi.ResourceOptions(parent=domain),
        )
        target = domain.domain_name_configuration
        return {
            "url": pulumi.Output.concat("https://", domain.domain_name),
            "target": target.target_domain_name.apply(str),
            "zone": target.hosted_zone_id.apply(str),
        }

    def _stage(self, deployment: Deployment) -> aws.apigatewayv2.Stage:
        names, settings = deployment.names, deployment.settings
        child = pulumi.ResourceOptions(parent=self.api)
        logs = aws.cloudwatch.LogGroup(
            names.resource("access"),
            # Names of this form stay off the account's resource policy for log delivery, whose size is limited.
            name=f"/aws/vendedlogs/{names.of(PART)}",
            retention_in_days=settings.log_retention_days,
            tags=names.tags,
            opts=child,
        )
        return aws.apigatewayv2.Stage(
            names.resource("default"),
            api_id=self.api.id,
            name="$default",
            auto_deploy=True,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(ACCESS_LOG)},
            # Always both: one alone sets the other to 0, and the API answers 429 to everything.
            default_route_settings={
                "throttling_rate_limit": settings.throttle_rate,
                "throttling_burst_limit": settings.throttle_burst,
            },
            tags=names.tags,
            opts=child,
        )


def _cors(deployment: Deployment) -> aws.apigatewayv2.ApiCorsConfigurationArgsDict | None:
    """The gateway answers for CORS alone: it drops what the router would say."""
    if not deployment.settings.cors_origins:
        return None
    return {
        "allow_origins": list(deployment.settings.cors_origins),
        "allow_methods": list(CORS_METHODS),
        "allow_headers": list(CORS_ALLOWED_HEADERS),
        "expose_headers": list(CORS_EXPOSED_HEADERS),
        "max_age": CORS_MAX_AGE_S,
    }
