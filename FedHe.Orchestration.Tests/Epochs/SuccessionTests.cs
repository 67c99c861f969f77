using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>Who is on the next committee follows from the order of the one before, and from nobody's choice.</summary>
public sealed class SuccessionTests : IDisposable
{
    private readonly List<ClientIdentity> _identities = [];

    private static KeyId Key { get; } = new(new byte[16]);

    public void Dispose() => _identities.ForEach(identity => identity.Dispose());

    [Fact]
    public void Members_ThatStay_StayMembers()
        => Next("a b c d", "h g f e", "a b c d e f g h").Should().Be(("a b c d", "h g f e"));

    [Fact]
    public void Member_ThatLeaves_IsReplacedByTheFirstSuccessorThatStays()
    {
        Next("a b c d", "h g f e", "a c d e f g h").Should().Be(("a c d h", "g f e"));
        Next("a b c d", "h g f e", "a c d e f").Should().Be(("a c d f", "e"), "h and g left as well");
        Next("a b c d", "h g f e", "d e f g h").Should().Be(("d f g h", "e"), "three members left");
    }

    [Fact]
    public void Client_ThatIsRetired_IsNeitherMemberNorSuccessor()
        => Next("a b c d", "h g f e", "a b c d e f g h", "b", "g").Should().Be(("a c d h", "f e"));

    [Fact]
    public void Clients_ThatJoin_ComeBehindAllOthers_InAnOrderThatTheEpochBeforeGives()
    {
        (string members, string successors) = Next("a b c d", "f e", "a b d e f x1 x2 x3 x4", "e");

        members.Should().Be("a b d f");
        successors.Split(' ').Should().BeEquivalentTo("x1", "x2", "x3", "x4");
        string[] orders = [.. Enumerable.Range(0, 8).Select(i => Next("a b c d", "f e", "a b d e f x1 x2 x3 x4", $"epoch {i}", ["e"]).Successors)];
        orders.Distinct().Should().HaveCountGreaterThan(4, "the digest of the epoch before decides as well");
    }

    [Fact]
    public void Clients_ThatNoOrderNames_ComeBehindTheSuccessors()
    {
        (string members, string successors) = Next("a b c d", "f", "a b c e f g");

        members.Should().Be("a b c f");
        successors.Split(' ').Should().BeEquivalentTo("e", "g");
    }

    [Fact]
    public void Roster_WithTooFewClientsForTheCommittee_HasNone()
        => Succession.Next(EpochLab.Terms("a b c d", "e"), EpochLab.DigestOf("epoch"), Key, RosterOf("a b c e f"), EpochLab.Names("e", "f").ToHashSet())
            .Should().BeNull();

    [Fact]
    public void Terms_OfTheCommittee_StayTheSame()
    {
        var before = new CommitteeTerms(EpochLab.Names("a", "b", "c", "d", "e", "f", "g"), corrupt: 1) { Successors = EpochLab.Names("h") };

        CommitteeTerms next = Succession.Next(before, EpochLab.DigestOf("epoch"), Key, RosterOf("a b c d e f h"), new HashSet<ClientId>())!;

        (next.Corrupt, next.Threshold, next.KeyExchange).Should().Be((before.Corrupt, before.Threshold, before.KeyExchange));
    }

    private (string Members, string Successors) Next(string members, string successors, string roster, params string[] retired)
        => Next(members, successors, roster, "epoch", retired);

    private (string Members, string Successors) Next(string members, string successors, string roster, string epoch, string[] retired)
    {
        CommitteeTerms next = Succession.Next(
            EpochLab.Terms(members, successors), EpochLab.DigestOf(epoch), Key, RosterOf(roster), EpochLab.Names(retired).ToHashSet())!;
        return (string.Join(' ', next.Members), string.Join(' ', next.Successors));
    }

    private ClientRoster RosterOf(string names)
    {
        foreach (ClientId name in EpochLab.Names(names.Split(' ')).Where(name => _identities.TrueForAll(identity => identity.Client != name)))
        {
            _identities.Add(ClientIdentity.Create(name));
        }

        return ClientRoster.Of(_identities.Where(identity => names.Split(' ').Contains(identity.Client.Value)));
    }
}
