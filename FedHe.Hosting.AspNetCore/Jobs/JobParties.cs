using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using FedHe.Hosting.AspNetCore.Access;
using FedHe.Hosting.AspNetCore.Mailboxes;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>Job parties are the parties of a job in all epochs that have begun.</summary>
/// <param name="first">The job as it was described.</param>
/// <param name="openMailbox">Opens the mailbox of a party.</param>
/// <param name="time">The clock of the host.</param>
/// <remarks>
/// A client that left remains a party, because it must still learn of the epoch without it. One thread at a time changes the parties, and any thread may read them.
/// </remarks>
internal sealed class JobParties(FederationJob first, Func<string, Mailbox> openMailbox, TimeProvider time)
{
    private View _view = new(first, [], FrozenDictionary<string, PartySeat>.Empty, FrozenDictionary<string, Mailbox>.Empty);

    /// <summary>The job in its current epoch.</summary>
    public FederationJob Job => Current.Job;

    /// <summary>The parties, and when they were heard.</summary>
    public FrozenDictionary<string, PartySeat> Seats => Current.Seats;

    /// <summary>The mailboxes of the parties.</summary>
    public FrozenDictionary<string, Mailbox> Mailboxes => Current.Mailboxes;

    private View Current => Volatile.Read(ref _view);

    /// <summary>Finds the certificate of an epoch that has begun.</summary>
    public bool TryGetCertificate(int epoch, [NotNullWhen(true)] out ReadOnlyMemory<byte> certificate)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> certificates = Current.Certificates;
        certificate = epoch >= 2 && epoch - 2 < certificates.Count ? certificates[epoch - 2] : default;
        return !certificate.IsEmpty;
    }

    /// <summary>Takes in the clients of the epochs that have begun, as the saved state has them.</summary>
    /// <param name="certificates">The certificates of the server.</param>
    public void Follow(IReadOnlyList<ReadOnlyMemory<byte>> certificates)
    {
        View before = Current;
        FederationJob job = first;
        var parties = new HashSet<string>(first.Roster.Clients.Select(client => client.Value), StringComparer.Ordinal) { PartyNames.Authority };
        foreach (ReadOnlyMemory<byte> certificate in certificates)
        {
            job = EpochCertificate.Read(job, certificate).Job;
            parties.UnionWith(job.Roster.Clients.Select(client => client.Value));
        }

        Volatile.Write(ref _view, new View(
            job,
            certificates,
            parties.ToFrozenDictionary(party => party, party => before.Seats.GetValueOrDefault(party) ?? new PartySeat(time), StringComparer.Ordinal),
            parties.ToFrozenDictionary(party => party, party => before.Mailboxes.GetValueOrDefault(party) ?? openMailbox(party), StringComparer.Ordinal)));
    }

    private sealed record View(
        FederationJob Job, IReadOnlyList<ReadOnlyMemory<byte>> Certificates, FrozenDictionary<string, PartySeat> Seats, FrozenDictionary<string, Mailbox> Mailboxes);
}
