using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;

namespace HospitalFedAvg;

/// <summary>A keys choice says who opens sums: whoever has the key that every hospital has, or a committee of some of them.</summary>
/// <param name="Members">The number of members, or 0 without a committee.</param>
/// <param name="Corrupt">The number of members that may be silent or lie, or 0 for the most.</param>
internal readonly record struct KeysChoice(int Members, int Corrupt)
{
    /// <summary>The text of the choice without a committee.</summary>
    public const string Authority = "authority";

    private const string Prefix = "committee:";

    /// <summary>The texts that are accepted, for messages.</summary>
    public static string Accepted => $"{Authority}, {Prefix}n or {Prefix}n/f with n from {CommitteeTerms.MinMembers} to {CommitteeTerms.MaxMembers} and 3f < n";

    public bool IsCommittee => Members > 0;

    /// <summary>Reads a choice, or returns null.</summary>
    public static KeysChoice? TryParse(string text)
    {
        if (text == Authority)
        {
            return default(KeysChoice);
        }

        string[] numbers = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].Split('/') : [];
        int corrupt = 0;
        bool isCommittee = numbers.Length is 1 or 2
            && CommandLineNumber.TryParse(numbers[0], out int members) && members is >= CommitteeTerms.MinMembers and <= CommitteeTerms.MaxMembers
            && (numbers.Length == 1 || (CommandLineNumber.TryParse(numbers[1], out corrupt) && corrupt > 0 && 3 * corrupt < members));
        return isCommittee ? new KeysChoice(int.Parse(numbers[0], System.Globalization.CultureInfo.InvariantCulture), corrupt) : null;
    }

    /// <summary>Returns the terms of the committee.</summary>
    /// <param name="hospitals">All hospitals.</param>
    public CommitteeTerms TermsOf(IEnumerable<ClientId> hospitals) => new(hospitals.Take(Members), Corrupt);
}
