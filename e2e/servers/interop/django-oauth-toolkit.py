"""
A Django project in one file, with django-oauth-toolkit as its documentation says: OpenID Connect with an RS256 key, one public
client, and an API that looks access tokens up in the toolkit's own tables.

Reads one line of JSON from its input ({ clientId, appOrigins, pageOrigins, redirectUris }), says `{"port": N}` when it answers on
that port of the loopback address, and ends when its input does. Everything is in memory.

`POST /control` takes the commands of tests. Whoever serves this to browsers keeps that path to himself.
"""

import json
import os
import secrets
import sys
import threading

import django
from django.conf import settings
from jwcrypto.jwk import JWK

ACCESS_TOKEN_SECONDS = 60
USER = "alice"
PASSWORD = "password"

LOGIN_PAGE = """<!doctype html><title>Log in</title>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Sign in</button></form>"""

registration = json.loads(sys.stdin.readline())

settings.configure(
    SECRET_KEY=secrets.token_urlsafe(32),
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
        "corsheaders",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN_PAGE}),
                    "django.template.loaders.app_directories.Loader",
                ],
                "context_processors": ["django.template.context_processors.request"],
            },
        }
    ],
    STATIC_URL="/static/",
    LOGIN_URL="/accounts/login/",
    CORS_ALLOWED_ORIGINS=registration["appOrigins"],
    CORS_EXPOSE_HEADERS=["WWW-Authenticate"],
    # Cookies are per host and not per port, and other servers of this machine may be Django's too.
    SESSION_COOKIE_NAME="toolkit-session",
    CSRF_COOKIE_NAME="toolkit-csrf",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": JWK.generate(kty="RSA", size=2048)
        .export_to_pem(private_key=True, password=None)
        .decode(),
        "SCOPES": {"openid": "Know who you are", "orders": "See your orders"},
        "PKCE_REQUIRED": True,
        "ACCESS_TOKEN_EXPIRE_SECONDS": ACCESS_TOKEN_SECONDS,
    },
)
django.setup()

# All of Django's own needs the settings first.
from corsheaders.signals import check_request_enabled  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from oauth2_provider.models import AccessToken, Application, RefreshToken  # noqa: E402


def call_api(request):
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = AccessToken.objects.filter(token=value).first() if scheme == "Bearer" else None
    if token is not None and token.is_valid(["orders"]):
        return JsonResponse({"sub": str(token.user.pk)})
    answer = JsonResponse({}, status=401)
    answer["WWW-Authenticate"] = 'Bearer error="invalid_token"' if value else "Bearer"
    return answer


def allow_callers_of_api(sender, request, **kwargs):
    """Pages may call the API, as guardians may. Tokens are for guardians only."""
    is_page = request.headers.get("Origin") in registration["pageOrigins"]
    return is_page and request.path.startswith("/api/")


def register(redirect_uris):
    Application.objects.update(redirect_uris=" ".join(redirect_uris))


def expire():
    AccessToken.objects.update(expires=timezone.now())


def revoke():
    for token in RefreshToken.objects.filter(revoked=None):
        token.revoke()
    AccessToken.objects.all().delete()


@csrf_exempt
def take_command(request):
    command = json.loads(request.body)
    {
        "expire": expire,
        "revoke": revoke,
        "expire-sessions": lambda: Session.objects.all().delete(),
        "register": lambda: register(command["redirectUris"]),
        "reset": lambda: register(registration["redirectUris"]),
    }[command["do"]]()
    return JsonResponse({})


urlpatterns = [
    path("accounts/login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("api/me", call_api),
    path("control", take_command),
]


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *args):
        pass


def end_with_input():
    sys.stdin.read()
    os._exit(0)


check_request_enabled.connect(allow_callers_of_api)
call_command("migrate", verbosity=0)
get_user_model().objects.create_user(USER, password=PASSWORD)
Application.objects.create(
    client_id=registration["clientId"],
    name="An app in the browser",
    client_type=Application.CLIENT_PUBLIC,
    authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
    algorithm=Application.RS256_ALGORITHM,
    redirect_uris=" ".join(registration["redirectUris"]),
)
# One request at a time: a database in memory is that of one thread.
server = WSGIServer(("127.0.0.1", 0), SilentHandler)
server.set_app(get_wsgi_application())
threading.Thread(target=end_with_input, daemon=True).start()
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
