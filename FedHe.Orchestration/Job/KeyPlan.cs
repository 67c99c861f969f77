using System.Globalization;
using FedHe.MLBridge.Identities;

namespace FedHe.Orchestration.Job;

/// <summary>A key plan says who opens the sums of a job, and why; <see cref="KeyManagement.Settle"/> makes it.</summary>
public sealed record KeyPlan
{
    private KeyPlan(int clients, int members, int corrupt, string reason)
        => (Clients, Members, Corrupt, Reason) = (clients, members, corrupt, reason);

    /// <summary>Whether a committee opens sums.</summary>
    public bool IsCommittee => Members > 0;

    /// <summary>Whether the members are fewer than the clients, and so have to be drawn.</summary>
    public bool IsDrawn => IsCommittee && Members < Clients;

    /// <summary>The number of members; 0 without a committee.</summary>
    public int Members { get; }

    /// <summary>The largest number of members that may break the protocol, or 0 for the largest that the members allow.</summary>
    public int Corrupt { get; }

    /// <summary>One sentence that says who opens sums, and why.</summary>
    public string Reason { get; }

    private int Clients { get; }

    /// <summary>Makes the terms of the planned committee. The clients behind the members are their successors.</summary>
    /// <param name="order">The clients in the order in which they become members: that of a draw, or any where all are members.</param>
    /// <exception cref="InvalidOperationException">No committee is planned.</exception>
    public CommitteeTerms TermsOf(IEnumerable<ClientId> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (!IsCommittee)
        {
            throw Errors.Throw.NoCommitteePlanned();
        }

        ClientId[] all = [.. order];
        return new CommitteeTerms(all.Take(Members), Corrupt) { Successors = [.. all.Skip(Members)] };
    }

    internal static KeyPlan OfAuthority(string reason)
        => new(clients: 0, members: 0, corrupt: 0, $"Every client gets the key that opens sums, because {reason}. The server and one client in league could read every upload.");

    internal static KeyPlan OfCommittee(int clients, int members, int corrupt, string reason) => new(
        clients,
        members,
        corrupt,
        members == clients
            ? $"All clients are members of a committee that opens sums, because {reason}. No client has a key that opens an upload."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{members} of the {clients} clients, drawn by lot, are a committee that opens sums, because {reason}. No client has a key that opens an upload."));
}
