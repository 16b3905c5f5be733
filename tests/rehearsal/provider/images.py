"""Repositories, and the images in them. An image is not built: its digest names everything that a build would read."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tests.rehearsal.provider.kind import Created, Kind, Properties, Refused, Target, found, gone, nothing, tag_list

REPOSITORY = r"(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"


def create_repository(t: Target, name: str, i: Properties) -> Created:
    repository = t.client("ecr").create_repository(
        repositoryName=i["name"],
        imageTagMutability=i["imageTagMutability"],
        imageScanningConfiguration=_scanning(i),
        tags=tag_list(i),
    )["repository"]
    return i["name"], {"repositoryUrl": repository["repositoryUri"], "registryId": repository["registryId"]}


def _scanning(i: Properties) -> dict[str, bool]:
    return {"scanOnPush": i["imageScanningConfiguration"]["scanOnPush"]}


def read_repository(t: Target, id_: str, state: Properties) -> Properties | None:
    listed = found(lambda: t.client("ecr").describe_repositories(repositoryNames=[id_]))
    if listed is None:
        return None
    repository = listed["repositories"][0]
    live = {"name": id_, "imageTagMutability": repository["imageTagMutability"]}
    return live | {"repositoryUrl": repository["repositoryUri"], "registryId": repository["registryId"]}


def update_repository(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    ecr = t.client("ecr")
    ecr.put_image_tag_mutability(repositoryName=id_, imageTagMutability=i["imageTagMutability"])
    ecr.put_image_scanning_configuration(repositoryName=id_, imageScanningConfiguration=_scanning(i))
    return {}


def delete_repository(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("ecr").delete_repository(repositoryName=id_, force=state.get("forceDelete", False)))


def create_lifecycle(t: Target, name: str, i: Properties) -> Created:
    t.client("ecr").put_lifecycle_policy(repositoryName=i["repository"], lifecyclePolicyText=i["policy"])
    return i["repository"], {}


def read_lifecycle(t: Target, id_: str, state: Properties) -> Properties | None:
    policy = found(lambda: t.client("ecr").get_lifecycle_policy(repositoryName=id_))
    return policy and {"policy": policy["lifecyclePolicyText"]}


def delete_lifecycle(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("ecr").delete_lifecycle_policy(repositoryName=id_))


def create_access(t: Target, name: str, i: Properties) -> Created:
    t.client("ecr").set_repository_policy(repositoryName=i["repository"], policyText=i["policy"])
    return i["repository"], {}


def read_access(t: Target, id_: str, state: Properties) -> Properties | None:
    policy = found(lambda: t.client("ecr").get_repository_policy(repositoryName=id_))
    return policy and {"policy": policy["policyText"]}


def update_access(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    create_access(t, "", i)
    return {}


def delete_access(t: Target, id_: str, state: Properties) -> None:
    gone(lambda: t.client("ecr").delete_repository_policy(repositoryName=id_))


def build(t: Target, name: str, i: Properties) -> Created:
    """Push a manifest whose digest follows from the contents, as a reproducible build's does."""
    files = {place: [(path, digest) for path, _, digest in _files(t, i, place, ())] for place in _places(i)}
    recipe = hashlib.sha256((t.root / i["dockerfile"]["location"]).read_bytes()).hexdigest()
    inputs = [files, recipe, i["buildArgs"], i["platforms"], t.containers.base]
    manifest = json.dumps({"schemaVersion": 2, "contents": hashlib.sha256(repr(inputs).encode()).hexdigest()})
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    artifact = t.root / i["context"]["named"]["model"]["location"]
    t.containers.keep(digest, artifact)
    for tag in i["tags"]:
        _push(t, tag, manifest, digest)
    return name, {"digest": digest, "ref": f"{i['tags'][0]}@{digest}", "contextHash": context_hash(t, i)}


def _push(t: Target, tag: str, manifest: str, digest: str) -> None:
    repository, _, label = tag.rpartition(":")
    repository = repository.partition("/")[2]
    ecr = t.client("ecr")
    listed = found(lambda: ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": label}]))
    tagged = [image["imageId"]["imageDigest"] for image in listed["images"]] if listed else []
    if digest in tagged:
        return
    # The registry knows by itself what it lets be overwritten.
    described = t.aws.client("ecr").describe_repositories(repositoryNames=[repository])["repositories"][0]
    if tagged and described["imageTagMutability"] == "IMMUTABLE":
        raise Refused(
            f"tag invalid: The image tag '{label}' already exists in the '{repository}' repository and cannot be "
            "overwritten because the tag is immutable."
        )
    ecr.put_image(repositoryName=repository, imageManifest=manifest, imageTag=label, imageDigest=digest)


def rebuild(t: Target, id_: str, state: Properties, i: Properties) -> Properties:
    return build(t, id_, i)[1]


def context_hash(t: Target, i: Properties) -> str:
    """What the provider compares: names, modes and contents that the ignore file lets in, of every context."""
    recipe = t.root / i["dockerfile"]["location"]
    ignored = tuple(recipe.with_name(f"{recipe.name}.dockerignore").read_text().split())
    seen = [list(_files(t, i, place, ignored)) for place in _places(i)]
    return hashlib.sha256(repr((seen, recipe.read_bytes())).encode()).hexdigest()


def rebuilds(t: Target, state: Properties, news: Properties) -> set[str]:
    """Whether the files have changed since the image was built."""
    locations = [t.root / place for place in _places(news)]
    if not all(location.is_dir() for location in locations):
        return set()
    return set() if context_hash(t, news) == state.get("contextHash") else {"contextHash"}


def _places(i: Properties) -> list[str]:
    return [i["context"]["location"], *(c["location"] for c in i["context"].get("named", {}).values())]


def _files(t: Target, i: Properties, place: str, ignored: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    top = t.root / place
    if not top.is_dir():
        raise Refused(f"{place}: no such folder")
    for path in sorted(top.rglob("*")):
        name = path.relative_to(top)
        if path.is_file() and not ("*" in ignored and f"!{name.parts[0]}" not in ignored):
            yield name.as_posix(), path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest()


class _Image(Kind):
    """An image is compared without the password of its registry, which is another one every time."""

    def changed(self, olds: Properties, news: Properties) -> set[str]:
        return super().changed(_without_password(olds), _without_password(news))


def _without_password(i: Properties) -> Properties:
    registries: list[dict[str, Any]] = i.get("registries", [])
    return i | {"registries": [{k: v for k, v in r.items() if k != "password"} for r in registries]}


EVERYTHING = frozenset(("context", "dockerfile", "buildArgs", "platforms", "tags", "push", "exports"))
KINDS: dict[str, Kind] = {
    "aws:ecr/repository:Repository": Kind(
        create=create_repository,
        read=read_repository,
        update=update_repository,
        delete=delete_repository,
        replaces=frozenset(("name",)),
        patterns={"name": REPOSITORY},
        named="name",
        computed=("repositoryUrl", "registryId"),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Kind(
        create=create_lifecycle, read=read_lifecycle, update=None, delete=delete_lifecycle
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Kind(
        create=create_access,
        read=read_access,
        update=update_access,
        delete=delete_access,
        replaces=frozenset(("repository",)),
    ),
    "docker-build:index:Image": _Image(
        create=build,
        read=lambda target, resource_id, state: {},
        update=rebuild,
        delete=nothing,
        computed=("digest", "ref", "contextHash"),
        moves=dict.fromkeys(("digest", "ref"), EVERYTHING),
        differs=rebuilds,
    ),
}
