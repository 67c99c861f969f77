using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using FedHe.Hosting.AspNetCore.Errors;
using FedHe.Hosting.AspNetCore.Options;
using FedHe.Hosting.Certificates;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.AspNetCore.Access;

/// <summary>Caller pins are the pins of the parties of a job, as a configuration has them. They are immutable; a new configuration makes others.</summary>
internal sealed class CallerPins
{
    private readonly FrozenDictionary<string, FrozenSet<CertificatePin>> _pins;

    private CallerPins(FrozenDictionary<string, FrozenSet<CertificatePin>> pins) => _pins = pins;

    /// <summary>Whether there is any pin.</summary>
    public bool HasAny => _pins.Count > 0;

    /// <summary>Reads the pins, and refuses those that no party of the job can have.</summary>
    /// <param name="name">The name of the job in this host.</param>
    /// <param name="options">The options of the job, which were validated.</param>
    /// <param name="job">The job as it was described. With a committee it may have clients that no epoch names yet.</param>
    public static CallerPins Read(string name, FedHeJobOptions options, FederationJob job)
    {
        if (job.Committee is null && options.ClientKeys.Keys.FirstOrDefault(client => !job.Roster.TryGetKey(new ClientId(client), out _)) is string stranger)
        {
            throw Throw.IdentitiesDoNotFit(name, $"ClientKeys names the client '{stranger}', whom the roster of the job does not have");
        }

        Dictionary<string, FrozenSet<CertificatePin>> pins = options.ClientKeys.ToDictionary(client => client.Key, client => Parse(client.Value), StringComparer.Ordinal);
        if (options.AuthorityKeys.Count > 0)
        {
            pins.Add(PartyNames.Authority, Parse(options.AuthorityKeys));
        }

        return pins.Values.SelectMany(some => some).GroupBy(pin => pin).Any(same => same.Count() > 1)
            ? throw Throw.IdentitiesDoNotFit(name, "two parties have the same pin; each needs a certificate with a key of its own")
            : new CallerPins(pins.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Tells whether some party has a pin.</summary>
    public bool Have(CertificatePin pin) => _pins.Values.Any(pins => pins.Contains(pin));

    /// <summary>Tells whether a certificate has a key of a party.</summary>
    public bool AreOf(string party, X509Certificate2 certificate)
        => _pins.TryGetValue(party, out FrozenSet<CertificatePin>? pins) && pins.Contains(CertificatePin.Of(certificate));

    /// <summary>Tells whether a client has a pin.</summary>
    public bool Knows(ClientId client) => _pins.TryGetValue(client.Value, out FrozenSet<CertificatePin>? pins) && pins.Count > 0;

    private static FrozenSet<CertificatePin> Parse(IEnumerable<string> texts)
        => texts.Select(text => CertificatePin.TryParse(text, out CertificatePin? pin) ? pin.Value : default).ToFrozenSet();
}
