using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Certificates;
using FedHe.Hosting.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
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
    private readonly string _name;
    private readonly FederationJob _job;
    private readonly FedHeBearerOptions? _bearer;
    private readonly AuthorizationPolicy? _policy;
    private readonly TimeProvider _time;
    private CallerPins _pins;

    private JobCallers(string name, FederationJob job, CallerPins pins, FedHeBearerOptions? bearer, AuthorizationPolicy? policy, TimeProvider time)
        => (_name, _job, _pins, _bearer, _policy, _time) = (name, job, pins, bearer, policy, time);

    /// <summary>Whether callers are known by their certificates.</summary>
    public bool HasPins => Pins.HasAny;

    /// <summary>Whether callers are known by nothing, which this machine alone may use.</summary>
    public bool AreUnknown => !HasPins && _bearer is null;

    private CallerPins Pins => Volatile.Read(ref _pins);

    /// <summary>Reads who the callers of a job are, and refuses what does not fit its roster.</summary>
    public static async Task<JobCallers> CreateAsync(string name, FedHeJobOptions options, FederationJob job, IServiceProvider services)
    {
        if (Refusal(job.Roster, options.Bearer) is { Words: string what })
        {
            throw Throw.IdentitiesDoNotFit(name, what);
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

        return new JobCallers(name, job, CallerPins.Read(name, options, job), options.Bearer, policy, services.GetRequiredService<TimeProvider>());
    }

    /// <summary>Returns the reason why the clients of an epoch cannot be callers, or null.</summary>
    public string? RefusalOf(ClientRoster roster) => Refusal(roster, _bearer)?.Reason;

    /// <summary>Lists the clients on a roster that no pin lets in.</summary>
    public IEnumerable<ClientId> WithoutPin(ClientRoster roster) => HasPins ? roster.Clients.Where(client => !Pins.Knows(client)) : [];

    /// <summary>Reads the pins of a new configuration.</summary>
    /// <exception cref="HostingException">The pins do not fit, or there are none.</exception>
    public CallerPins Read(IDictionary<string, FedHeJobOptions> jobs)
        => !jobs.TryGetValue(_name, out FedHeJobOptions? options) ? throw Throw.IdentitiesDoNotFit(_name, "the new configuration does not have the job")
            : CallerPins.Read(_name, options, _job) is { HasAny: true } pins ? pins
            : throw Throw.IdentitiesDoNotFit(_name, "the new configuration has no ClientKeys, and whoever reaches the server would be let in");

    /// <summary>Goes on with other pins, which refuse the next request of whom they do not name.</summary>
    public void Renew(CallerPins pins) => Volatile.Write(ref _pins, pins);

    /// <summary>Tells whether a certificate has the key of one of the callers, and is valid now.</summary>
    public bool Accepts(X509Certificate2 certificate)
        => IsValid(certificate) && Pins.Have(CertificatePin.Of(certificate));

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
                && Pins.AreOf(party, certificate);
        }

        IPolicyEvaluator evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        var authentication = await evaluator.AuthenticateAsync(_policy!, context).ConfigureAwait(false);
        PolicyAuthorizationResult authorization = await evaluator.AuthorizeAsync(_policy!, authentication, context, resource: null).ConfigureAwait(false);
        string? expected = party == PartyNames.Authority ? _bearer.Authority : party;
        return authorization.Succeeded && authentication.Principal is { Identity.IsAuthenticated: true } caller
            && expected is not null && caller.FindAll(_bearer.Claim).Select(claim => claim.Value).SequenceEqual([expected]);
    }

    private static (string Reason, string Words)? Refusal(ClientRoster roster, FedHeBearerOptions? bearer)
    {
        if (roster.Clients.FirstOrDefault(client => client.Value is "." or "..") is { Value.Length: > 0 } dots)
        {
            return ("ImpossibleName", $"the roster has a client '{dots}', which no address can name; give it another name, and describe the job anew");
        }

        return bearer?.Authority is string authority && roster.Clients.Any(client => client.Value == authority)
            ? ("NameOfTheAuthority", $"Bearer:Authority is the name of the client '{authority}', who could then answer for the key authority; give the authority another name")
            : null;
    }

    private bool IsValid(X509Certificate2 certificate)
    {
        DateTime now = _time.GetUtcNow().UtcDateTime;
        return certificate.NotBefore.ToUniversalTime() <= now && now <= certificate.NotAfter.ToUniversalTime();
    }
}
