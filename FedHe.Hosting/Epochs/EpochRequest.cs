using System.Text.Json;
using System.Text.Json.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Hosting.Epochs;

/// <summary>An epoch request is what the operator of a key authority wants of the next epoch. A request that names nobody renews the group key alone.</summary>
/// <param name="Epoch">The number of the epoch, so that a request that comes again, or late, plans nothing.</param>
/// <param name="Join">The clients that join, with the fingerprints that were compared with their owners.</param>
/// <param name="Leave">The clients that leave.</param>
/// <param name="Retire">The clients that stay and are to be members no more.</param>
/// <param name="Again">Whether the request makes another plan in the place of the one that is open.</param>
internal sealed record EpochRequest(
    [property: JsonRequired] int Epoch,
    IReadOnlyDictionary<string, string>? Join = null,
    IReadOnlyList<string>? Leave = null,
    IReadOnlyList<string>? Retire = null,
    bool Again = false)
{
    public const int MaxLength = 1024 * 1024;

    private IReadOnlyDictionary<string, string> Joining => Join ?? new Dictionary<string, string>();

    private IReadOnlyList<string> Leaving => Leave ?? [];

    private IReadOnlyList<string> Retiring => Retire ?? [];

    /// <summary>Reads a request, or returns null.</summary>
    public static EpochRequest? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes.Length > MaxLength ? null : JsonSerializer.Deserialize(bytes, EpochRequestJson.Default.EpochRequest);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns the reason why the request cannot be one of a job in its epoch, or null.</summary>
    public EpochRequestError? Check(FederationJob job)
    {
        string[] all = [.. Joining.Keys, .. Leaving, .. Retiring];
        return Epoch != job.EpochNumber + 1 ? EpochRequestError.WrongNumber
            : !all.All(ClientId.IsValid) || Joining.Keys.Any(name => name is "." or "..") ? EpochRequestError.ImpossibleName
            : all.Distinct(StringComparer.Ordinal).Count() < all.Length ? EpochRequestError.NameTwice
            : Joining.Keys.Any(name => Has(job, name)) ? EpochRequestError.AlreadyOnTheRoster
            : Leaving.Concat(Retiring).Any(name => !Has(job, name)) ? EpochRequestError.NotOnTheRoster
            : null;
    }

    /// <summary>Finds the cards of the clients that join, or returns the reason why one is missing.</summary>
    /// <param name="cards">The cards that have come, from whomever.</param>
    /// <param name="joining">The cards whose fingerprints were compared, or the one that is not as it must be.</param>
    public EpochRequestError? TryFind(IReadOnlyCollection<ClientCard> cards, out IReadOnlyList<ClientCard> joining)
    {
        var found = new List<ClientCard>();
        joining = found;
        foreach ((string name, string fingerprint) in Joining)
        {
            ClientCard[] named = [.. cards.Where(card => card.Client.Value == name)];
            if (named.FirstOrDefault(card => card.Has(fingerprint)) is not ClientCard card)
            {
                joining = named;
                return named.Length == 0 ? EpochRequestError.CardMissing
                    : string.IsNullOrWhiteSpace(fingerprint) ? EpochRequestError.FingerprintMissing
                    : EpochRequestError.OtherFingerprint;
            }

            found.Add(card);
        }

        return null;
    }

    /// <summary>Makes the roster of the epoch.</summary>
    /// <exception cref="ArgumentException">No client remains, or two have the same key.</exception>
    public ClientRoster RosterAfter(ClientRoster before, IEnumerable<ClientCard> joining)
        => before.With(joining.Select(card => KeyValuePair.Create(card.Client, card.Key)), Leaving.Select(name => new ClientId(name)));

    /// <summary>Lists the clients that the next epoch keeps out of the committee: clients on its roster that the plan before retired, and clients that the request retires.</summary>
    public IEnumerable<ClientId> RetiredAfter(EpochPlan? before, ClientRoster roster)
        => (before?.Retired ?? []).Where(client => roster.TryGetKey(client, out _)).Concat(Retiring.Select(name => new ClientId(name))).Distinct();

    /// <summary>Tells whether a plan is what the request asks for.</summary>
    public bool IsThatOf(EpochPlan plan, FederationJob job)
        => plan.Number == Epoch
            && IsSame(Joining.Keys, NewOn(plan.Roster, job.Roster))
            && IsSame(Leaving, NewOn(job.Roster, plan.Roster))
            && Joining.All(one => plan.Roster.TryGetKey(new ClientId(one.Key), out VerificationKey? key) && new ClientCard(new ClientId(one.Key), key).Has(one.Value))
            && Retiring.All(name => plan.Retired.Contains(new ClientId(name)));

    private static bool Has(FederationJob job, string name) => job.Roster.TryGetKey(new ClientId(name), out _);

    private static IEnumerable<ClientId> NewOn(ClientRoster roster, ClientRoster other) => roster.Clients.Where(client => !other.TryGetKey(client, out _));

    private static bool IsSame(IEnumerable<string> names, IEnumerable<ClientId> clients) => clients.Select(client => client.Value).ToHashSet(StringComparer.Ordinal).SetEquals(names);
}

/// <summary>The form of a request in JSON, which has no other properties.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, AllowDuplicateProperties = false, MaxDepth = 4)]
[JsonSerializable(typeof(EpochRequest))]
internal sealed partial class EpochRequestJson : JsonSerializerContext;
