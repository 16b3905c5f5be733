"""Where one model's images are kept, and how its image gets there."""

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from infra.context import DOCKERFILE, PLATFORMS, stage
from infra.deployment import DeployedModel, Deployment, program_path
from infra.execution import policy

# One manifest and the same layers whatever builder makes them: Docker's own media types and the times of folders depend
# on its version. With `push` the provider would add an export of its own, without them.
EXPORT = "type=registry,oci-mediatypes=true,rewrite-timestamp=true"


class ModelImage(pulumi.ComponentResource):
    """One model's repository and image. `uri` names the image by its digest; `pull` lets Lambda fetch it."""

    def __init__(
        self, model: DeployedModel, deployment: Deployment, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        part, names = model.spec.id, deployment.names
        own = names.resource(part)
        super().__init__("model-router:index:ModelImage", own, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # One for each model. A shared one would upload base and runtime once (33 MB of runtime and the base for each
        # further model, at a first deployment only). But a model that leaves the catalog takes its images along, while
        # in a shared one nobody could tell them from what other models' older versions run; each lets one function
        # fetch; and a deployment that moved to a shared one would lose the images of its older versions.
        repository = aws.ecr.Repository(
            own,
            name=names.of(part),
            # A base image moves under its name, so the same tag may be pushed again with another digest. Functions run
            # digests, and nothing expires: what an overwritten tag leaves untagged may be what an older version runs.
            image_tag_mutability="MUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            force_delete=True,
            tags=names.tags,
            opts=child,
        )
        self.pull = aws.ecr.RepositoryPolicy(
            own, repository=repository.name, policy=_pulling(names.function_arn(part)), opts=child
        )
        # By digest: a tag is looked up once, when the function is updated, and says nothing of what runs.
        self.uri = pulumi.Output.concat(
            repository.repository_url, "@", self._image(model, deployment, repository).digest
        )
        self.register_outputs({"uri": self.uri})

    def _image(
        self, model: DeployedModel, deployment: Deployment, repository: aws.ecr.Repository
    ) -> docker_build.Image:
        settings, root = deployment.settings, deployment.root
        context = stage(model.spec, model.artifact, root, base=settings.base_image, architecture=settings.architecture)
        login = aws.ecr.get_authorization_token_output(
            registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=repository)
        )
        return docker_build.Image(
            deployment.names.resource(model.spec.id),
            # Relative to the project, where Pulumi runs the program: another machine's checkout is not another image.
            context={
                "location": program_path(context.code),
                "named": {"model": {"location": program_path(context.artifact)}},
            },
            dockerfile={"location": program_path(root / DOCKERFILE)},
            build_args=context.build_args,
            # Lambda takes no index of several. The provider never attaches an attestation, which would make one.
            platforms=[docker_build.Platform(PLATFORMS[settings.architecture])],
            tags=[pulumi.Output.concat(repository.repository_url, ":", context.tag)],
            registries=[
                {"address": repository.repository_url, "username": login.user_name, "password": login.password}
            ],
            push=False,
            exports=[{"raw": EXPORT}],
            # A preview needs no container engine.
            build_on_preview=False,
            # Deleting by digest could take an image that an older version runs; the repository takes its images along.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )


def _pulling(function_arn: str) -> str:
    """Lets Lambda fetch images for this function. Lambda would add it by itself, as a drift on every later preview."""
    return policy(
        {
            "Sid": "LambdaECRImageRetrievalPolicy",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Condition": {"StringLike": {"aws:sourceArn": [function_arn, f"{function_arn}:*"]}},
        }
    )
