using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Certificates;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.AspNetCore.Access;

/// <summary>
/// The callers of a job are its clients and its key authority. Each is known by the key of its certificate, or by a claim of a token that a
/// policy of the host accepts, and may speak and read for itself alone.
/// </summary>
internal sealed class JobCallers
{
    private readonly Dictionary<string, HashSet<CertificatePin>> _pins = new(StringComparer.Ordinal);
    private readonly FedHeBearerOptions? _bearer;
    private readonly AuthorizationPolicy? _policy;
    private readonly TimeProvider _time;

    private JobCallers(FedHeBearerOptions? bearer, AuthorizationPolicy? policy, TimeProvider time) => (_bearer, _policy, _time) = (bearer, policy, time);

    /// <summary>Whether callers are known by their certificates.</summary>
    public bool HasPins => _pins.Count > 0;

    /// <summary>Whether callers are known by nothing, which this machine alone may use.</summary>
    public bool AreUnknown => !HasPins && _bearer is null;

    /// <summary>Reads who the callers of a job are, and refuses what does not fit its roster.</summary>
    public static async Task<JobCallers> CreateAsync(string name, FedHeJobOptions options, FederationJob job, IServiceProvider services)
    {
        if (job.Roster.Clients.FirstOrDefault(client => client.Value is "." or "..") is { Value.Length: > 0 } dots)
        {
            throw Throw.IdentitiesDoNotFit(name, $"the roster has a client '{dots}', which no address can name; give it another name, and describe the job anew");
        }

        if (options.Bearer?.Authority is string authority && job.Roster.Clients.Any(client => client.Value == authority))
        {
            throw Throw.IdentitiesDoNotFit(name, $"Bearer:Authority is the name of the client '{authority}', who could then answer for the key authority; give the authority another name");
        }

        AuthorizationPolicy? policy = null;
        if (options.Bearer is { } bearer)
        {
            policy = services.GetService<IAuthorizationPolicyProvider>() is { } policies && services.GetService<IPolicyEvaluator>() is not null
                ? await policies.GetPolicyAsync(bearer.Policy).ConfigureAwait(false)
                : null;
            if (policy is null)
            {
                throw Throw.PolicyMissing(name, bearer.Policy);
            }
        }

        var callers = new JobCallers(options.Bearer, policy, services.GetRequiredService<TimeProvider>());
        foreach ((string client, string[] pins) in options.ClientKeys)
        {
            if (!job.Roster.TryGetKey(new ClientId(client), out _))
            {
                throw Throw.IdentitiesDoNotFit(name, $"ClientKeys names the client '{client}', whom the roster of the job does not have");
            }

            callers._pins.Add(client, Parse(pins));
        }

        if (options.AuthorityKeys.Count > 0)
        {
            callers._pins.Add(PartyNames.Authority, Parse(options.AuthorityKeys));
        }

        callers.CheckPins(name, job);
        return callers;
    }

    /// <summary>Tells whether a certificate has the key of one of the callers, and is valid now.</summary>
    public bool Accepts(X509Certificate2 certificate)
        => IsValid(certificate) && CertificatePin.Of(certificate) is var pin && _pins.Values.Any(pins => pins.Contains(pin));

    /// <summary>Tells whether a request shows an identity of any kind, valid or not.</summary>
    public bool HasIdentity(HttpContext context)
        => _bearer is null ? AreUnknown || context.Connection.ClientCertificate is not null : context.Request.Headers.Authorization.Count > 0;

    /// <summary>Tells whether a request comes from a party, as far as the job's form of identity shows it now.</summary>
    public async ValueTask<bool> IsFromAsync(HttpContext context, string party)
    {
        if (AreUnknown)
        {
            return Transport.IsFromThisMachine(context);
        }

        if (_bearer is null)
        {
            // The certificate was valid when the connection began, which may be a while ago.
            return context.Connection.ClientCertificate is X509Certificate2 certificate
                && IsValid(certificate)
                && _pins.TryGetValue(party, out HashSet<CertificatePin>? pins)
                && pins.Contains(CertificatePin.Of(certificate));
        }

        IPolicyEvaluator evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        var authentication = await evaluator.AuthenticateAsync(_policy!, context).ConfigureAwait(false);
        PolicyAuthorizationResult authorization = await evaluator.AuthorizeAsync(_policy!, authentication, context, resource: null).ConfigureAwait(false);
        string? expected = party == PartyNames.Authority ? _bearer.Authority : party;
        return authorization.Succeeded && authentication.Principal is { Identity.IsAuthenticated: true } caller
            && expected is not null && caller.FindAll(_bearer.Claim).Select(claim => claim.Value).SequenceEqual([expected]);
    }

    private static HashSet<CertificatePin> Parse(IEnumerable<string> texts)
        => [.. texts.Select(text => CertificatePin.TryParse(text, out CertificatePin? pin) ? pin.Value : default)];

    private bool IsValid(X509Certificate2 certificate)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }

    private void CheckPins(string name, FederationJob job)
    {
        if (!HasPins)
        {
            return;
        }

        if (job.Roster.Clients.FirstOrDefault(client => !_pins.TryGetValue(client.Value, out HashSet<CertificatePin>? pins) || pins.Count == 0) is { Value.Length: > 0 } missing)
        {
            throw Throw.IdentitiesDoNotFit(name, $"ClientKeys has no pin of the client '{missing}'");
        }

        if (_pins.Values.SelectMany(pins => pins).GroupBy(pin => pin).Any(same => same.Count() > 1))
        {
            throw Throw.IdentitiesDoNotFit(name, "two parties have the same pin; each needs a certificate with a key of its own");
        }
    }
}
