using System.Buffers;
using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Server.Openings;
using FedHe.Orchestration.Sums;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Every field of a server's state that a committee needs comes back, and none that contradicts the others does.</summary>
public sealed class OpeningStateTests
{
    private static readonly ClientId Stranger = new("stranger");

    public static TheoryData<string> Contradictions => [.. Changes.Keys];

    private static Dictionary<string, Action<ServerState>> Changes { get; } = new()
    {
        ["opening of another attempt"] = state => (state.Attempt, state.Tries) = (2, 2),
        ["opening from another model"] = state => state.Opening = With(state.Opening!, list => list with { Base = list.Chain }),
        ["opening of another round"] = state => state.Opening = With(state.Opening!, list => list with { Round = 2 }),
        ["boxes for a stranger"] = state => state.Opening = With(
            state.Opening!, list => list, state.Opening!.Deliveries.Append(new(Stranger, state.Opening.Deliveries.Values.First()))),
        ["boxes that are none"] = state => state.Opening = With(
            state.Opening!, list => list, state.Opening!.Deliveries.Select(entry => KeyValuePair.Create(entry.Key, entry.Value[..^1]))),
        ["boxes for nobody"] = state => state.Opening = With(state.Opening!, list => list, []),
        ["report of a stranger"] = state => state.Opening!.Reports.Add(Stranger, []),
        ["report about a stranger"] = state => state.Opening!.Reports[state.Opening.Reports.Keys.First()] = [Stranger],
        ["answers without an offer"] = state => state.Opening!.IsOffered = false,
        ["answer of a stranger"] = state => state.Opening!.Answers.Add(Stranger, state.Opening.Answers.Values.First() with { Member = Stranger }),
        ["key of a stranger"] = state => state.MemberKeys.Add(Stranger, state.MemberKeys.Values.First() with { Member = Stranger }),
        ["stranger left out"] = state => state.LeftOut.Add(Stranger),
        ["answered by more members than have boxes"] = state =>
        {
            ClientId last = state.Opening!.Deliveries.Keys.Max();
            state.Opening.Answers[last] = state.Opening.Answers.Values.First() with { Member = last };
            state.Opening = With(state.Opening, list => list, state.Opening.Deliveries.Where(entry => entry.Key != last), keepsAnswers: true);
        },
    };

    [Fact]
    public async Task State_InTheMiddleOfAnOpening_HasEveryField()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        using ServerState state = await OpeningAsync(bench);

        using ServerState read = Read(bench, Write(bench, state));

        foreach (string name in new[] { nameof(ServerState.MemberKeys), nameof(ServerState.LeftOut), nameof(ServerState.Round), nameof(ServerState.Phase) })
        {
            PropertyInfo property = typeof(ServerState).GetProperty(name)!;
            Describe(property.GetValue(state)).Should().NotBe(Describe(property.GetValue(new ServerState(new EpochLine(bench.Job), new SumFolder(path: null)))), name);
            Describe(property.GetValue(read)).Should().Be(Describe(property.GetValue(state)), name);
        }

        foreach (PropertyInfo property in typeof(Opening).GetProperties())
        {
            string written = Describe(property.GetValue(state.Opening));
            new[] { "", "False", "none" }.Should().NotContain(written, $"{property.Name} needs a value that is not its first one");
            Describe(property.GetValue(read.Opening)).Should().Be(written, property.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task State_OfAnOpeningThatContradictsTheRest_IsRefused(string change)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        using ServerState state = await OpeningAsync(bench);
        Read(bench, Write(bench, state)).Dispose();
        Changes[change](state);
        byte[] bytes = Write(bench, state);
        Action read = () => Read(bench, bytes);

        read.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task State_OfAnOpenAttempt_HasTheKeysAndTheBoxes()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Clients = 4 });
        byte[] saved = [];
        bench.Network = (message, client, bytes) =>
        {
            if (message is Upload && client == bench.Name(3))
            {
                saved = Saved(bench);
            }

            return saved.Length > 0 ? null : bytes;
        };
        await bench.StartAsync();
        using ServerState state = Read(bench, saved);

        using ServerState read = Read(bench, Write(bench, state));

        state.Open!.MemberKeys.Should().HaveCount(4);
        Describe(read.Open!.MemberKeys).Should().Be(Describe(state.Open.MemberKeys));
        var before = (SharedKeySums)state.Open.RoundKeySum!.Keys;
        var after = (SharedKeySums)read.Open.RoundKeySum!.Keys;
        before.Seals.Should().HaveCount(3);
        foreach (ClientId member in bench.Committee.Members)
        {
            after.BoxesOf(member, read.Open.RoundKeySum.Attempt).ToArray().Should().Equal(before.BoxesOf(member, state.Open.RoundKeySum.Attempt).ToArray());
        }
    }

    private static Opening With(
        Opening opening, Func<ContributorList, ContributorList> change, IEnumerable<KeyValuePair<ClientId, ReadOnlyMemory<byte>>>? deliveries = null, bool keepsAnswers = false)
    {
        var changed = new Opening(change(opening.List), opening.Aggregate, (deliveries ?? opening.Deliveries).ToImmutableDictionary()) { IsOffered = opening.IsOffered };
        foreach ((ClientId member, RelayedAnswer answer) in keepsAnswers ? opening.Answers : [])
        {
            changed.Answers.Add(member, answer);
        }

        return changed;
    }

    private static string Describe(object? value) => value switch
    {
        null => "none",
        string text => text,
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        RelayedMemberKey key => $"{key.Member} {Convert.ToHexString(key.Key.Span)} {Convert.ToHexString(key.Signature.Span)}",
        RelayedAnswer answer => $"{answer.Member} {Convert.ToHexString(answer.Sealed.Span)} {Convert.ToHexString(answer.Signature.Span)}",
        ContributorList list => Convert.ToHexString(list.ToArray()),
        KeyValuePair<ClientId, RelayedMemberKey> entry => $"{entry.Key}: {Describe(entry.Value)}",
        KeyValuePair<ClientId, RelayedAnswer> entry => $"{entry.Key}: {Describe(entry.Value)}",
        KeyValuePair<ClientId, ReadOnlyMemory<byte>> entry => $"{entry.Key}: {Describe(entry.Value)}",
        KeyValuePair<ClientId, ImmutableArray<ClientId>> entry => $"{entry.Key}: {Describe(entry.Value)}",
        IEnumerable many => string.Join("; ", many.Cast<object>().Select(Describe).Order(StringComparer.Ordinal)),
        _ => value.ToString()!,
    };

    /// <summary>A server that waits for answers, with a value in every field.</summary>
    private static async Task<ServerState> OpeningAsync(CommitteeBench bench)
    {
        byte[] saved = [];
        int answers = 0;
        bench.Network = (message, _, bytes) =>
        {
            if (message is ShareAnswer && ++answers == 3)
            {
                saved = Saved(bench);
            }

            return saved.Length > 0 ? null : bytes;
        };
        await bench.StartAsync();
        ServerState state = Read(bench, saved);
        state.Opening!.Answers.Should().HaveCount(2);
        state.Opening.IsInGrace = true;
        state.Opening.Reports[bench.Name(3)] = [bench.Name(0), bench.Name(2)];
        state.LeftOut.Add(bench.Name(1));
        return state;
    }

    private static byte[] Saved(CommitteeBench bench)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bench.Server.SaveState(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Write(CommitteeBench bench, ServerState state)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FederationServerSetup setup = bench.ServerSetup;
        ServerStateFormat.Write(state, setup, new Deadlines(setup.Time, state), bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static ServerState Read(CommitteeBench bench, byte[] bytes)
    {
        FederationServerSetup setup = bench.ServerSetup;
        return ServerStateFormat.Read(bytes, setup, setup.CreateProtocol(), Guid.NewGuid());
    }
}
