using System.Buffers.Binary;
using System.Text;
using FedHe.Crypto.Errors;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Tests.Support;
using FedHe.MLBridge.Updates;

namespace FedHe.MLBridge.Tests.Aggregation;

/// <summary>Saved states whose parts are right and contradict each other.</summary>
public sealed class AggregatorStateTests : IDisposable
{
    private const int Clients = 3;
    private const int CountStart = 48 + 32;
    private const int ClientsStart = CountStart + sizeof(int);

    private static readonly ModelLayout Layout = TestModels.SmallLayout;

    // The length of a name, "client-0" and the attempt.
    private static readonly int EntryLength = sizeof(ushort) + "client-0".Length + sizeof(int);

    private readonly TestFederation _federation = new(
        SchemeCase.Plain, new AggregationTerms(Layout, EncryptionMask.All(Layout), Weighting.Clear, maxWeight: 1000));

    private readonly byte[] _state;

    public AggregatorStateTests()
    {
        using UpdateAggregator aggregator = _federation.CreateAggregator();
        for (int client = 0; client < Clients; client++)
        {
            _federation.FoldIn(aggregator, _federation.Upload(TestModels.Random(Layout, client), 10 + client, client));
        }

        _state = TestFederation.Bytes(aggregator.SaveState);
    }

    private static int ContentStart => ClientsStart + (Clients * EntryLength);

    public void Dispose() => _federation.Dispose();

    [Fact]
    public void Restore_OfTheSavedState_HasItsClients()
    {
        using UpdateAggregator restored = UpdateAggregator.Restore(_state, _federation.Context.Public, _federation.Terms);

        restored.Slots.Should().BeEquivalentTo(Enumerable.Range(0, Clients).Select(client => TestFederation.Slot(client)));
        restored.TotalWeight.Should().Be(10 + 11 + 12);
    }

    [Fact]
    public void Restore_WithOneClientFewerOrMoreThanItsSum_IsRefused()
    {
        Reason(With([.. Entries()[..^1]])).Should().Be(FormatError.Inconsistent, "a client that was added could be added again");
        Reason(With([.. Entries(), Entry("client-9")])).Should().Be(FormatError.Inconsistent, "a client could be kept out");
        Reason(With([.. Entries()[..^1], Entry("client-9")])).Should().Be(FormatError.None, "only a signature finds an exchange");
    }

    [Fact]
    public void Restore_WithAClientTwice_IsRefused()
        => Reason(With([.. Entries()[..^1], Entries()[0]])).Should().Be(FormatError.Inconsistent);

    [Fact]
    public void Restore_WithASumThatNoClientIsIn_IsRefused() => Reason(With([])).Should().Be(FormatError.TrailingBytes);

    [Fact]
    public void Restore_WithClientsButNoSum_IsRefused()
    {
        byte[] clientsOnly = _state[..ContentStart];
        WriteLength(clientsOnly);

        Reason(clientsOnly).Should().Be(FormatError.Truncated);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Restore_OfAnAttemptOutOfRange_IsRefused(int attempt)
    {
        byte[] changed = [.. _state];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(ClientsStart + EntryLength - sizeof(int)), attempt);

        Reason(changed).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Restore_OfNoJobOrRound_IsRefused()
    {
        byte[] noJob = [.. _state];
        noJob.AsSpan(ContentStart, 16).Clear();
        byte[] noRound = [.. _state];
        noRound.AsSpan(ContentStart + 16, sizeof(int)).Clear();

        Reason(noJob).Should().Be(FormatError.FieldOutOfRange);
        Reason(noRound).Should().Be(FormatError.FieldOutOfRange);
    }

    [Fact]
    public void Restore_OfAnotherTotalWeightThanItsSegmentsHave_IsRefused()
    {
        byte[] changed = [.. _state];
        Span<byte> total = changed.AsSpan(ContentStart + 16 + sizeof(int) + sizeof(int));
        BinaryPrimitives.ReadInt64LittleEndian(total).Should().Be(10 + 11 + 12);
        BinaryPrimitives.WriteInt64LittleEndian(total, 10 + 11 + 12 + 1);

        Reason(changed).Should().Be(FormatError.Inconsistent);
    }

    private static byte[] Entry(string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        return [(byte)text.Length, 0, .. text, 1, 0, 0, 0];
    }

    private static void WriteLength(byte[] bytes) => BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), bytes.Length - 48);

    private byte[][] Entries() => [.. Enumerable.Range(0, Clients).Select(i => _state[(ClientsStart + (i * EntryLength))..(ClientsStart + ((i + 1) * EntryLength))])];

    /// <summary>The state with another list of clients, whose count and length are right.</summary>
    private byte[] With(byte[][] entries)
    {
        byte[] changed = [.. _state[..ClientsStart], .. entries.SelectMany(entry => entry), .. _state[ContentStart..]];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(CountStart), entries.Length);
        WriteLength(changed);
        return changed;
    }

    private FormatError Reason(byte[] state)
    {
        try
        {
            UpdateAggregator.Restore(state, _federation.Context.Public, _federation.Terms).Dispose();
            return FormatError.None;
        }
        catch (HeFormatException exception)
        {
            return exception.Error;
        }
    }
}
