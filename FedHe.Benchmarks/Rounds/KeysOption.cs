using System.CommandLine;
using System.Globalization;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Orchestration.Job;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The option <c>--keys</c> says who opens the sum: a key that all clients have, a committee, or the parties of a threshold key.</summary>
/// <param name="Kind">Who opens the sum.</param>
/// <param name="Needed">The parties that open, of a threshold key; the corrupt members that are planned for, of a committee, 0 for the most.</param>
/// <param name="Parties">The parties, or the members.</param>
internal sealed record KeysOption(KeysKind Kind, int Needed = 0, int Parties = 0)
{
    private const string Authority = "authority";
    private const string Committee = "committee:";
    private const string Threshold = "threshold:";

    public override string ToString() => Kind switch
    {
        KeysKind.Authority => Authority,
        KeysKind.Committee => string.Create(CultureInfo.InvariantCulture, $"{Committee}{Parties}{(Needed == 0 ? string.Empty : $"/{Needed}")}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Threshold}{Needed}/{Parties}"),
    };

    public static Option<KeysOption> Option() => new("--keys")
    {
        Description = "Who opens the sum: authority, a key that all clients have; committee:n or committee:n/f, n members of whom f may be corrupt, under round keys; "
            + "threshold:t/n, a threshold key of n parties that t of them use, measured by itself: encryption, one partial decryption, fusion.",
        DefaultValueFactory = _ => new KeysOption(KeysKind.Authority),
        CustomParser = result =>
        {
            if (TryParse(result.Tokens.Single().Value) is KeysOption keys)
            {
                return keys;
            }

            result.AddError(
                $"--keys must be {Authority}, {Committee}n or {Committee}n/f with {CommitteeTerms.MinMembers} <= n <= {CommitteeTerms.MaxMembers} and 3f < n, or {Threshold}t/n with 2 <= t <= n <= {ThresholdRequirements.MostParties}.");
            return new KeysOption(KeysKind.Authority);
        },
    };

    public static KeysOption? TryParse(string text)
    {
        if (text == Authority)
        {
            return new KeysOption(KeysKind.Authority);
        }

        if (text.StartsWith(Committee, StringComparison.Ordinal))
        {
            string[] parts = text[Committee.Length..].Split('/');
            int corrupt = 0;
            bool isCommittee = parts.Length <= 2 && TryParse(parts[0], out int members) && (parts.Length == 1 || (TryParse(parts[1], out corrupt) && corrupt > 0))
                && members is >= CommitteeTerms.MinMembers and <= CommitteeTerms.MaxMembers && 3 * corrupt < members;
            return isCommittee ? new KeysOption(KeysKind.Committee, corrupt, int.Parse(parts[0], CultureInfo.InvariantCulture)) : null;
        }

        string[] numbers = text.StartsWith(Threshold, StringComparison.Ordinal) ? text[Threshold.Length..].Split('/') : [];
        return numbers.Length == 2 && TryParse(numbers[0], out int threshold) && TryParse(numbers[1], out int parties)
            && threshold >= 2 && threshold <= parties && parties <= ThresholdRequirements.MostParties
            ? new KeysOption(KeysKind.Threshold, threshold, parties)
            : null;
    }

    private static bool TryParse(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
