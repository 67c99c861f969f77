using System.Buffers;
using System.Reflection;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Protection;

namespace FedHe.Orchestration.Tests.Committee;

/// <summary>Every field of a member's ledger comes back, none out of its range does, and nobody else's ledger is read.</summary>
public sealed class MemberLedgerTests : IDisposable
{
    private readonly PasswordProtector _protector = new("correct horse battery");

    public static TheoryData<int, int, int, bool> Limits => new()
    {
        { 4, 0, 0, false },
        { -1, 0, 0, false },
        { 0, 4, 0, false },
        { 0, -1, 0, false },
        { 0, 0, 4, true },
        { 0, 0, -1, true },
        { 0, 0, 0, true },
        { 0, 0, 1, false },
    };

    public static TheoryData<int, int, bool> VoteLimits => new()
    {
        { -1, 2, true },
        { 4, 2, true },
        { 2, -1, true },
        { 2, 4, true },
        { 2, 0, true },
        { 0, 2, false },
        { 0, 0, true },
    };

    public void Dispose() => _protector.Dispose();

    [Theory]
    [InlineData(KeyExchange.P256)]
    public async Task Ledger_WrittenAndRead_HasEveryField(KeyExchange exchange)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Rounds = 3 });
        using MemberLedger ledger = Full(exchange);

        using MemberLedger read = Read(bench, Write(bench, ledger), newest: ledger.Stamp);

        using var first = new MemberLedger();
        foreach (PropertyInfo property in typeof(MemberLedger).GetProperties().Where(property => property.CanWrite && property.Name != nameof(MemberLedger.IsChanged)))
        {
            string written = Describe(property.GetValue(ledger));
            written.Should().NotBe(Describe(property.GetValue(first)), $"{property.Name} needs a value that is not its first one");
            Describe(property.GetValue(read)).Should().Be(written, property.Name);
        }

        read.IsChanged.Should().BeFalse("what was read is on disk");
        read.Stamp.Should().Be(ledger.Stamp);
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Ledger_OfAFieldOutOfItsRange_IsRefused(int floor, int keyRound, int answeredRound, bool hasAnswer)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Rounds = 3 });
        using MemberLedger ledger = Full(KeyExchange.P256);
        SetFloor(ledger, floor);
        ledger.Begin(keyRound == 0 ? 0 : 1, keyRound, BoxKeyPair.Generate(KeyExchange.P256));
        ledger.Note(answeredRound, Digest.Compute("list"u8), hasAnswer ? "answer"u8.ToArray() : default);

        ErrorOf(bench, Write(bench, ledger)).Should().Be(StateError.Inconsistent);
    }

    [Theory]
    [MemberData(nameof(VoteLimits))]
    public async Task Ledger_OfAVoteOutOfItsRange_IsRefused(int number, int firstRound, bool hasMessage)
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Rounds = 3 });
        using MemberLedger ledger = Full(KeyExchange.P256);
        ledger.Note(new GivenVote(number, firstRound, default, hasMessage ? "vote"u8.ToArray() : default));

        ErrorOf(bench, Write(bench, ledger)).Should().Be(StateError.Inconsistent);
    }

    [Fact]
    public async Task Ledger_AtTheLimitsOfItsFields_IsRead()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync(new CommitteeOptions { Rounds = 3 });
        using MemberLedger ledger = Full(KeyExchange.P256);
        SetFloor(ledger, 3);
        ledger.Begin(3, 3, key: null);
        ledger.Note(3, default, "answer"u8.ToArray());

        using MemberLedger read = Read(bench, Write(bench, ledger));

        (read.Floor, read.KeyRound, read.Key, read.AnsweredRound).Should().Be((3, 3, null, 3));
    }

    [Fact]
    public async Task Ledger_OlderThanTheNewest_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using MemberLedger ledger = Full(KeyExchange.P256);
        byte[] older = Write(bench, ledger);
        StateStamp newest = ledger.Stamp with { Version = ledger.Stamp.Version + 1 };

        ErrorOf(bench, older, newest).Should().Be(StateError.Outdated);
        ErrorOf(bench, older, ledger.Stamp).Should().BeNull();
        ErrorOf(bench, older, ledger.Stamp with { Version = 1 }).Should().BeNull();
    }

    [Fact]
    public async Task Client_WithALedgerOlderThanTheNewest_IsNotCreated()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        var ledgers = new List<byte[]>();
        bench.Network = (message, client, bytes) =>
        {
            if (client == bench.Name(0) && bench.LedgerOf(0) is byte[] ledger && (ledgers.Count == 0 || ledger != ledgers[^1]))
            {
                ledgers.Add(ledger);
            }

            return bytes;
        };
        await bench.StartAsync();
        StateStamp.TryRead(ledgers[^1], out StateStamp? newest);

        foreach (byte[] older in ledgers.SkipLast(1))
        {
            Action create = () => _ = new FederationClient(bench.ClientSetup(0) with { Ledger = older, NewestLedger = newest });
            Action restore = () => FederationClient.Restore(bench.ClientSetup(0) with { Ledger = older, NewestLedger = newest }, bench.StateOf(0));
            create.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Outdated);
            restore.Should().Throw<StateRefusedException>().Which.Error.Should().Be(StateError.Outdated);
        }

        FederationClient.Restore(bench.ClientSetup(0) with { Ledger = ledgers[^1], NewestLedger = newest }, bench.StateOf(0)).ModelRound.Should().Be(2);
        ledgers.Should().HaveCountGreaterThan(4, "a ledger changes with the key, the answer and the end of each round");
    }

    [Fact]
    public async Task Ledger_OfAnotherMemberOrJob_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using CommitteeBench other = await CommitteeBench.CreateAsync();
        using MemberLedger ledger = Full(KeyExchange.P256);

        ErrorOf(bench, Write(bench, ledger, identity: 1)).Should().Be(StateError.Tampered);
        ErrorOf(bench, Write(other, ledger)).Should().Be(StateError.AnotherJob);
        ErrorOf(bench, bench.StateOf(0) ?? SavedState(bench)).Should().Be(StateError.NotAState);
    }

    [Fact]
    public async Task Ledger_WithAChangedBit_IsRefused()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using MemberLedger ledger = Full(KeyExchange.P256);
        byte[] bytes = Write(bench, ledger);
        for (int i = 0; i < bytes.Length; i += 7)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 4;
            ErrorOf(bench, changed).Should().NotBeNull("byte {0} differs", i);
            ErrorOf(bench, bytes[..i]).Should().NotBeNull("only {0} bytes are there", i);
        }
    }

    [Fact]
    public async Task Key_OfALedger_NeedsTheProtectorThatSealedIt()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using MemberLedger ledger = Full(KeyExchange.P256);
        byte[] bytes = Write(bench, ledger);
        using var other = new PasswordProtector("another password");
        var secret = new byte[ledger.Key!.ExportSize];
        ledger.Key.ExportPrivate(secret);

        ErrorOf(bench, bytes, protector: other).Should().Be(StateError.NotUnprotected);
        ErrorOf(bench, bytes, withoutProtector: true).Should().Be(StateError.NotUnprotected);
        bytes.AsSpan().IndexOf(secret.AsSpan(0, 16)).Should().Be(-1, "the key is not in clear");
    }

    [Fact]
    public async Task Key_ErasedOrWithoutAProtector_IsNotInTheLedger()
    {
        using CommitteeBench bench = await CommitteeBench.CreateAsync();
        using MemberLedger ledger = Full(KeyExchange.P256);
        using MemberLedger unprotected = Read(bench, Write(bench, ledger, protects: false));
        ledger.Erase(2);
        using MemberLedger erased = Read(bench, Write(bench, ledger));

        (unprotected.KeyRound, unprotected.Key, unprotected.AnsweredRound).Should().Be((2, null, 1));
        (erased.KeyRound, erased.Key, erased.AnsweredRound).Should().Be((2, null, 1));
    }

    private static string Describe(object? value) => value switch
    {
        null => "none",
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        GivenVote vote => $"{vote.Number} {vote.FirstRound} {vote.Epoch} {Convert.ToHexString(vote.Message.Span)}",
        BoxKeyPair key => Convert.ToHexString(key.PublicKey.Bytes.Span),
        _ => value.ToString()!,
    };

    private static MemberLedger Full(KeyExchange exchange)
    {
        var ledger = new MemberLedger { Version = 7 };
        ledger.RaiseFloor(1);
        ledger.Note(new GivenVote(2, 2, Digest.Compute("epoch"u8), "vote"u8.ToArray()));
        ledger.Begin(1, 2, BoxKeyPair.Generate(exchange));
        ledger.Note(1, Digest.Compute("list"u8), "answer"u8.ToArray());
        return ledger;
    }

    private static void SetFloor(MemberLedger ledger, int floor) => typeof(MemberLedger).GetProperty(nameof(MemberLedger.Floor))!.SetValue(ledger, floor);

    private static byte[] SavedState(CommitteeBench bench)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bench.Clients[0].SaveState(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private byte[] Write(CommitteeBench bench, MemberLedger ledger, int identity = 0, bool protects = true)
    {
        var bytes = new ArrayBufferWriter<byte>();
        MemberLedgerFormat.Write(ledger, bench.Job, bench.Identities[identity], protects ? _protector : null, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private MemberLedger Read(CommitteeBench bench, byte[] bytes, StateStamp? newest = null)
        => MemberLedgerFormat.Read(bytes, bench.Job, bench.Identities[0], _protector, newest);

    private StateError? ErrorOf(
        CommitteeBench bench, byte[] bytes, StateStamp? newest = null, ISecretProtector? protector = null, bool withoutProtector = false)
    {
        try
        {
            MemberLedgerFormat.Read(bytes, bench.Job, bench.Identities[0], withoutProtector ? null : protector ?? _protector, newest).Dispose();
            return null;
        }
        catch (StateRefusedException exception)
        {
            return exception.Error;
        }
    }
}
