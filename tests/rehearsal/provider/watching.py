"""What watches a deployment: alarms, their topic, the dashboard."""

from tests.rehearsal.provider.kind import NAME, Created, Kind, Properties, Target, found, gone, tag_list


def put_alarm(t: Target, name: str, i: Properties) -> Created:
    statistic = {"Statistic": i["statistic"]} if "statistic" in i else {"ExtendedStatistic": i["extendedStatistic"]}
    t.client("cloudwatch").put_metric_alarm(
        AlarmName=i["name"],
        Namespace=i["namespace"],
        MetricName=i["metricName"],
        Dimensions=[{"Name": key, "Value": value} for key, value in i["dimensions"].items()],
        Period=int(i["period"]),
        EvaluationPeriods=int(i["evaluationPeriods"]),
        Threshold=i["threshold"],
        ComparisonOperator=i["comparisonOperator"],
        TreatMissingData=i["treatMissingData"],
        AlarmActions=i.get("alarmActions", []),
        **statistic,
    )
    return i["name"], {}


def update_alarm(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    put_alarm(t, "", i)
    return {}


def read_alarm(t: Target, id_: str, state: Properties) -> Properties | None:
    alarms = t.client("cloudwatch").describe_alarms(AlarmNames=[id_])["MetricAlarms"]
    return {"threshold": alarms[0]["Threshold"]} if alarms else None


def delete_alarm(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("cloudwatch").delete_alarms(AlarmNames=[id_]))


def put_dashboard(t: Target, name: str, i: Properties) -> Created:
    t.client("cloudwatch").put_dashboard(DashboardName=i["dashboardName"], DashboardBody=i["dashboardBody"])
    return i["dashboardName"], {}


def update_dashboard(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    put_dashboard(t, "", i)
    return {}


def read_dashboard(t: Target, id_: str, state: Properties) -> Properties | None:
    dashboard = found(lambda: t.client("cloudwatch").get_dashboard(DashboardName=id_))
    return dashboard and {"dashboardBody": dashboard["DashboardBody"]}


def delete_dashboard(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("cloudwatch").delete_dashboards(DashboardNames=[id_]))


def create_topic(t: Target, name: str, i: Properties) -> Created:
    topic = t.client("sns").create_topic(Name=i["name"], Tags=tag_list(i))
    return topic["TopicArn"], {"arn": topic["TopicArn"]}


def read_topic(t: Target, id_: str, state: Properties) -> Properties | None:
    return found(lambda: t.client("sns").get_topic_attributes(TopicArn=id_)) and {"arn": id_}


def update_topic(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    t.client("sns").tag_resource(ResourceArn=id_, Tags=tag_list(i))
    return {}


def delete_topic(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("sns").delete_topic(TopicArn=id_))


def subscribe(t: Target, name: str, i: Properties) -> Created:
    asked = {"TopicArn": i["topic"], "Protocol": i["protocol"], "Endpoint": i["endpoint"]}
    return t.client("sns").subscribe(ReturnSubscriptionArn=True, **asked)["SubscriptionArn"], {}


def read_subscription(t: Target, id_: str, state: Properties) -> Properties | None:
    return {} if found(lambda: t.client("sns").get_subscription_attributes(SubscriptionArn=id_)) else None


def unsubscribe(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("sns").unsubscribe(SubscriptionArn=id_))


KINDS = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        create=put_alarm,
        read=read_alarm,
        update=update_alarm,
        delete=delete_alarm,
        replaces=frozenset(("name",)),
        patterns={"name": r".{1,255}"},
        named="name",
    ),
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        create=put_dashboard,
        read=read_dashboard,
        update=update_dashboard,
        delete=delete_dashboard,
        replaces=frozenset(("dashboardName",)),
        patterns={"dashboardName": r"[A-Za-z0-9_-]{1,255}"},
    ),
    "aws:sns/topic:Topic": Kind(
        create=create_topic,
        read=read_topic,
        update=update_topic,
        delete=delete_topic,
        replaces=frozenset(("name",)),
        patterns={"name": NAME.replace("64", "256")},
        named="name",
        computed=("arn",),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Kind(
        create=subscribe, read=read_subscription, update=None, delete=unsubscribe
    ),
}
