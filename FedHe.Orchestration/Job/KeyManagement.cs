using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Job;

/// <summary>
/// A key management says who opens the sums of a job: a committee of clients, or every client with the key of an authority. Who chooses
/// nothing gets a committee, wherever there can be one.
/// </summary>
/// <remarks>
/// <see cref="Settle"/> makes a plan of it for a number of clients. As text it is <c>authority</c>, <c>committee</c>, <c>committee:n</c>
/// or <c>committee:n/f</c>, with n members of whom f may break the protocol.
/// </remarks>
public sealed record KeyManagement
{
    /// <summary>The largest number of clients that are all members of a committee unless a job says otherwise, and of members that are drawn: 7.</summary>
    public const int UsualMembers = 7;

    private const string AuthorityText = "authority";
    private const string CommitteeText = "committee";
    private const string AutomaticText = "automatic";

    private readonly string _kind;

    private KeyManagement(string kind, int members = 0, int corrupt = 0) => (_kind, Members, Corrupt) = (kind, members, corrupt);

    /// <summary>
    /// Nothing was chosen: a committee from <see cref="CommitteeTerms.MinMembers"/> clients on where the job has round keys and no scheme
    /// was asked for, and otherwise the key of an authority.
    /// </summary>
    public static KeyManagement Automatic { get; } = new(AutomaticText);

    /// <summary>Every client has the key of an authority, with which it opens sums, and any upload that it sees.</summary>
    public static KeyManagement Authority { get; } = new(AuthorityText);

    /// <summary>The texts that <see cref="TryParse"/> reads, for messages.</summary>
    public static string Accepted { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{AuthorityText}, {CommitteeText}, {CommitteeText}:n or {CommitteeText}:n/f with n from {CommitteeTerms.MinMembers} to {CommitteeTerms.MaxMembers} and 3f < n");

    /// <summary>Whether nothing was chosen.</summary>
    public bool IsAutomatic => _kind == AutomaticText;

    /// <summary>Whether the key of an authority was chosen.</summary>
    public bool IsAuthority => _kind == AuthorityText;

    /// <summary>Whether a committee was chosen.</summary>
    public bool IsCommittee => _kind == CommitteeText;

    /// <summary>
    /// The number of members that was chosen, or 0 for all clients up to <see cref="UsualMembers"/>, and that many drawn of more.
    /// </summary>
    public int Members { get; }

    /// <summary>The largest number of members that may break the protocol, or 0 for the largest that the number of members allows.</summary>
    public int Corrupt { get; }

    /// <summary>Chooses a committee.</summary>
    /// <param name="members">The number of members, 4 to 16, or 0 for the usual number.</param>
    /// <param name="corrupt">
    /// The largest number f of members that may break the protocol, 3f &lt; members, or 0 for the largest. A number of members that is left
    /// open has none.
    /// </param>
    /// <exception cref="ArgumentException">The numbers make no committee, and the message says why.</exception>
    public static KeyManagement Committee(int members = 0, int corrupt = 0)
    {
        if (members != 0 && members is < CommitteeTerms.MinMembers or > CommitteeTerms.MaxMembers)
        {
            throw Throw.NotACommittee(nameof(members), CommitteeTerms.MinMembers, CommitteeTerms.MaxMembers);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(corrupt);
        int most = Math.Max(0, (members - 1) / 3);
        return corrupt <= most
            ? new KeyManagement(CommitteeText, members, corrupt)
            : throw Throw.TooManyCorruptMembers(nameof(corrupt), members, most);
    }

    /// <summary>Reads a choice from its text.</summary>
    /// <param name="text">The text: see <see cref="Accepted"/>.</param>
    /// <param name="keys">The choice.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out KeyManagement? keys)
    {
        keys = text switch
        {
            AuthorityText => Authority,
            CommitteeText => Committee(),
            not null when text.StartsWith($"{CommitteeText}:", StringComparison.Ordinal) => ParseNumbers(text[(CommitteeText.Length + 1)..].Split('/')),
            _ => null,
        };
        return keys is not null;
    }

    /// <summary>Settles who opens the sums of a job with given clients.</summary>
    /// <param name="clients">The number of clients on the roster.</param>
    /// <param name="protection">What the models of the job are encrypted under.</param>
    /// <param name="scheme">The scheme that was asked for by name, whose key clients then share, or null where none was.</param>
    /// <exception cref="ArgumentException">A committee was chosen where there can be none, and the message says why.</exception>
    public KeyPlan Settle(int clients, JobProtection protection, string? scheme = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clients, 1);
        string? obstacle = protection == JobProtection.Direct ? "a committee opens round keys, and a job in the direct mode has none"
            : scheme is not null ? $"the scheme '{scheme}' was asked for, and the keys of a committee belong to no scheme"
            : clients < Math.Max(Members, CommitteeTerms.MinMembers)
                ? string.Create(CultureInfo.InvariantCulture, $"{(Members > 0 ? "such a" : "a")} committee has {Math.Max(Members, CommitteeTerms.MinMembers)} members or more, and the roster has {clients} clients")
            : null;
        if (IsCommittee && obstacle is not null)
        {
            throw Throw.NoCommittee(obstacle);
        }

        return IsAuthority ? KeyPlan.OfAuthority("that was asked for")
            : obstacle is not null ? KeyPlan.OfAuthority(obstacle)
            : KeyPlan.OfCommittee(
                clients,
                Members > 0 ? Members : Math.Min(clients, UsualMembers),
                Corrupt,
                IsCommittee ? "that was asked for" : "nothing else was asked for");
    }

    /// <summary>Returns the text of the choice.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{_kind}{(Members > 0 ? $":{Members}" : string.Empty)}{(Corrupt > 0 ? $"/{Corrupt}" : string.Empty)}");

    private static KeyManagement? ParseNumbers(string[] numbers)
    {
        int corrupt = 0;
        bool isCommittee = numbers.Length is 1 or 2
            && TryParseNumber(numbers[0], out int members) && members is >= CommitteeTerms.MinMembers and <= CommitteeTerms.MaxMembers
            && (numbers.Length == 1 || (TryParseNumber(numbers[1], out corrupt) && corrupt > 0 && 3 * corrupt < members));
        return isCommittee ? Committee(int.Parse(numbers[0], CultureInfo.InvariantCulture), corrupt) : null;
    }

    private static bool TryParseNumber(string text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && text.Length <= 2;
}
