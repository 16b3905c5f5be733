"""The HTTP API: its integration, routes and stage."""

from typing import Any

from tests.rehearsal.emulator import ACCOUNT, REGION
from tests.rehearsal.provider.kind import Created, Kind, Properties, Target, found, gone


def create_api(t: Target, name: str, i: Properties) -> Created:
    api = t.client("apigatewayv2").create_api(
        Name=i["name"], ProtocolType=i["protocolType"], Tags=i["tags"], **_cors(i)
    )
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api['ApiId']}"
    return api["ApiId"], {"apiEndpoint": t.aws.api(api["ApiId"]), "executionArn": arn}


def read_api(t: Target, id_: str, state: Properties) -> Properties | None:
    api = found(lambda: t.client("apigatewayv2").get_api(ApiId=id_))
    return api and {"name": api["Name"]}


def update_api(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    client = t.client("apigatewayv2")
    if "corsConfiguration" in state and "corsConfiguration" not in i:
        client.delete_cors_configuration(ApiId=id_)
    client.update_api(ApiId=id_, Name=i["name"], **_cors(i))
    return {}


def delete_api(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("apigatewayv2").delete_api(ApiId=id_))


def _cors(i: Properties) -> dict[str, Any]:
    cors = i.get("corsConfiguration")
    if not cors:
        return {}
    asked = {key[:1].upper() + key[1:]: value for key, value in cors.items()}
    return {"CorsConfiguration": asked | {"MaxAge": int(asked["MaxAge"])}}


def create_integration(t: Target, name: str, i: Properties) -> Created:
    created = t.client("apigatewayv2").create_integration(
        ApiId=i["apiId"], IntegrationType=i["integrationType"], **_integration(i)
    )
    return created["IntegrationId"], {}


def _integration(i: Properties) -> dict[str, Any]:
    return {
        "IntegrationUri": i["integrationUri"],
        "PayloadFormatVersion": i["payloadFormatVersion"],
        "TimeoutInMillis": int(i["timeoutMilliseconds"]),
    }


def read_integration(t: Target, id_: str, state: Properties) -> Properties | None:
    client = t.client("apigatewayv2")
    integration = found(lambda: client.get_integration(ApiId=state["apiId"], IntegrationId=id_))
    return integration and {"integrationUri": integration["IntegrationUri"]}


def update_integration(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("apigatewayv2").update_integration(ApiId=i["apiId"], IntegrationId=id_, **_integration(i))
    return {}


def delete_integration(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("apigatewayv2").delete_integration(ApiId=state["apiId"], IntegrationId=id_))


def create_route(t: Target, name: str, i: Properties) -> Created:
    return t.client("apigatewayv2").create_route(ApiId=i["apiId"], **_route(i))["RouteId"], {}


def _route(i: Properties) -> dict[str, Any]:
    return {"RouteKey": i["routeKey"], "Target": i["target"], "AuthorizationType": i["authorizationType"]}


def read_route(t: Target, id_: str, state: Properties) -> Properties | None:
    route = found(lambda: t.client("apigatewayv2").get_route(ApiId=state["apiId"], RouteId=id_))
    return route and {"authorizationType": route["AuthorizationType"], "routeKey": route["RouteKey"]}


def update_route(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("apigatewayv2").update_route(ApiId=i["apiId"], RouteId=id_, **_route(i))
    return {}


def delete_route(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("apigatewayv2").delete_route(ApiId=state["apiId"], RouteId=id_))


def create_stage(t: Target, name: str, i: Properties) -> Created:
    t.client("apigatewayv2").create_stage(ApiId=i["apiId"], StageName=i["name"], Tags=i["tags"], **_stage(i))
    return i["name"], {}


def _stage(i: Properties) -> dict[str, Any]:
    log, limits = i["accessLogSettings"], i["defaultRouteSettings"]
    throttles = {"ThrottlingBurstLimit": int(limits["throttlingBurstLimit"])}
    return {
        "AutoDeploy": i["autoDeploy"],
        "AccessLogSettings": {"DestinationArn": log["destinationArn"], "Format": log["format"]},
        "DefaultRouteSettings": throttles | {"ThrottlingRateLimit": limits["throttlingRateLimit"]},
    }


def read_stage(t: Target, id_: str, state: Properties) -> Properties | None:
    stage = found(lambda: t.client("apigatewayv2").get_stage(ApiId=state["apiId"], StageName=id_))
    if stage is None:
        return None
    limits = {key[:1].lower() + key[1:]: float(value) for key, value in stage["DefaultRouteSettings"].items()}
    return {"defaultRouteSettings": {key: limits[key] for key in state["defaultRouteSettings"] if key in limits}}


def update_stage(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("apigatewayv2").update_stage(ApiId=i["apiId"], StageName=id_, **_stage(i))
    return {}


def delete_stage(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("apigatewayv2").delete_stage(ApiId=state["apiId"], StageName=id_))


def create_domain(t: Target, name: str, i: Properties) -> Created:
    made = t.client("apigatewayv2").create_domain_name(Tags=i["tags"], **_domain(i))
    return i["domainName"], _target(i, made)


def _domain(i: Properties) -> dict[str, Any]:
    configuration = i["domainNameConfiguration"]
    wanted = {
        "CertificateArn": configuration["certificateArn"],
        "EndpointType": configuration["endpointType"],
        "SecurityPolicy": configuration["securityPolicy"],
    }
    return {"DomainName": i["domainName"], "DomainNameConfigurations": [wanted]}


def _target(i: Properties, made: dict[str, Any]) -> Properties:
    (live,) = made["DomainNameConfigurations"]
    target = {"targetDomainName": live["ApiGatewayDomainName"], "hostedZoneId": live["HostedZoneId"]}
    return {"domainNameConfiguration": i["domainNameConfiguration"] | target}


def read_domain(t: Target, id_: str, state: Properties) -> Properties | None:
    return found(lambda: t.client("apigatewayv2").get_domain_name(DomainName=id_)) and {"domainName": id_}


def update_domain(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    return _target(i, t.client("apigatewayv2").update_domain_name(**_domain(i)))


def delete_domain(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("apigatewayv2").delete_domain_name(DomainName=id_))


def create_mapping(t: Target, name: str, i: Properties) -> Created:
    made = t.client("apigatewayv2").create_api_mapping(ApiId=i["apiId"], DomainName=i["domainName"], Stage=i["stage"])
    return made["ApiMappingId"], {}


def read_mapping(t: Target, id_: str, state: Properties) -> Properties | None:
    client = t.client("apigatewayv2")
    mapping = found(lambda: client.get_api_mapping(ApiMappingId=id_, DomainName=state["domainName"]))
    return mapping and {"apiId": mapping["ApiId"], "stage": mapping["Stage"]}


def delete_mapping(t: Target, id_: str, state: Properties) -> None:
    client = t.client("apigatewayv2")
    gone(lambda: client.delete_api_mapping(ApiMappingId=id_, DomainName=state["domainName"]))


KINDS = {
    "aws:apigatewayv2/domainName:DomainName": Kind(
        create=create_domain,
        read=read_domain,
        update=update_domain,
        delete=delete_domain,
        replaces=frozenset(("domainName",)),
        named="domainName",
        computed=("domainNameConfiguration",),
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": Kind(
        create=create_mapping, read=read_mapping, update=None, delete=delete_mapping
    ),
    "aws:apigatewayv2/api:Api": Kind(
        create=create_api,
        read=read_api,
        update=update_api,
        delete=delete_api,
        replaces=frozenset(("protocolType",)),
        patterns={"name": r".{1,128}"},
        named="name",
        computed=("apiEndpoint", "executionArn"),
    ),
    "aws:apigatewayv2/integration:Integration": Kind(
        create=create_integration,
        read=read_integration,
        update=update_integration,
        delete=delete_integration,
        replaces=frozenset(("apiId", "integrationType")),
    ),
    "aws:apigatewayv2/route:Route": Kind(
        create=create_route,
        read=read_route,
        update=update_route,
        delete=delete_route,
        replaces=frozenset(("apiId",)),
    ),
    "aws:apigatewayv2/stage:Stage": Kind(
        create=create_stage,
        read=read_stage,
        update=update_stage,
        delete=delete_stage,
        replaces=frozenset(("apiId", "name")),
        patterns={"name": r"\$default|[A-Za-z0-9_-]{1,128}"},
        named="name",
    ),
}
