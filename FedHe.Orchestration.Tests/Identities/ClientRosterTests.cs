using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Tests.Identities;

/// <summary>A roster has each client once and each key once, however it is made.</summary>
public sealed class ClientRosterTests : IDisposable
{
    private readonly ClientIdentity[] _clients = [.. new[] { "c1", "c2", "c3" }.Select(name => ClientIdentity.Create(new ClientId(name)))];

    public void Dispose() => Array.ForEach(_clients, client => client.Dispose());

    [Fact]
    public void Roster_WithANameOrAKeyTwice_IsRefused()
    {
        FluentActions.Invoking(() => new ClientRoster([Entry(0), Entry("c1", 1)])).Should().Throw<ArgumentException>("a name is there twice");
        FluentActions.Invoking(() => new ClientRoster([Entry(0), Entry("c2", 0)])).Should().Throw<ArgumentException>("a key is there twice");
        FluentActions.Invoking(() => new ClientRoster([Entry(0), Entry(0)])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new ClientRoster([])).Should().Throw<ArgumentException>("nobody is on it");
    }

    [Fact]
    public void Roster_OfALaterEpoch_WithANameOrAKeyTwice_IsRefused()
    {
        var roster = new ClientRoster([Entry(0), Entry(1)]);

        roster.Invoking(one => one.With([Entry("c1", 2)], [])).Should().Throw<ArgumentException>("a client that joins takes no name of another one");
        roster.Invoking(one => one.With([Entry("c3", 0)], [])).Should().Throw<ArgumentException>("nor its key");
        roster.Invoking(one => one.With([], [_clients[0].Client, _clients[1].Client])).Should().Throw<ArgumentException>("nobody remains");
        roster.With([Entry("c1", 2)], [_clients[0].Client]).Clients.Should().HaveCount(2, "a name is free when its client leaves");
    }

    [Theory]
    [InlineData("c1", 0, "c1", 1)]
    [InlineData("c2", 1, "c1", 0)]
    [InlineData("c1", 0, "c2", 0)]
    public void Bytes_WithANameOrAKeyTwice_OrOutOfOrder_AreRefused(string first, int firstKey, string second, int secondKey)
    {
        Read(("c1", 0), ("c2", 1)).Should().Be(FormatError.None);
        Read((first, firstKey), (second, secondKey)).Should().Be(FormatError.Inconsistent);
    }

    private KeyValuePair<ClientId, VerificationKey> Entry(int client) => Entry(_clients[client].Client.Value, client);

    private KeyValuePair<ClientId, VerificationKey> Entry(string name, int key) => KeyValuePair.Create(new ClientId(name), _clients[key].VerificationKey);

    /// <summary>Reads the bytes of a roster, and returns why they are refused.</summary>
    private FormatError Read(params (string Name, int Key)[] clients)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteInt32(clients.Length);
        foreach ((string name, int key) in clients)
        {
            writer.WriteClientId(new ClientId(name));
            writer.WriteBytes(_clients[key].VerificationKey.Encoded);
        }

        var reader = new WireReader(bytes.WrittenSpan);
        (ClientRoster.Read(ref reader) is null).Should().Be(reader.Failed);
        return reader.Error;
    }
}
