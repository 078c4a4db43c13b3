# The portal of LemonLDAP::NG with its static files. Its configuration is the file that LLNG_DEFAULTCONFFILE names.
use strict;
use warnings;
use Lemonldap::NG::Portal::Main;
use Plack::Builder;

builder {
    enable 'Static',
        path => qr{^/static/},
        root => '/usr/share/lemonldap-ng/portal/htdocs';
    # Where Debian keeps the scripts that packages share.
    enable 'Static',
        path => sub { s{^/javascript/}{/} },
        root => '/usr/share/javascript';
    Lemonldap::NG::Portal::Main->run( {} );
};
