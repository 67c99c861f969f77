using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Tokens of words: "good", and the names of their owners.</summary>
internal sealed class WordTokens(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "words";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string[] words = [.. Request.Headers.Authorization.ToString().Split(' ').Skip(1)];
        return Task.FromResult(words is ["good", .. var names]
            ? AuthenticateResult.Success(new AuthenticationTicket(
                new ClaimsPrincipal(new ClaimsIdentity(names.Select(name => new Claim("client", name)), Scheme.Name)), Scheme.Name))
            : AuthenticateResult.Fail("no"));
    }
}

internal static class WordTokensExtensions
{
    /// <summary>Adds the tokens, and a policy that takes all good ones.</summary>
    public static IServiceCollection AddWordTokens(this IServiceCollection services, string policy)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, WordTokens>(WordTokens.Name, configureOptions: null);
        services.AddAuthorizationBuilder().AddPolicy(policy, builder => builder.AddAuthenticationSchemes(WordTokens.Name).RequireAuthenticatedUser());
        return services;
    }
}
