using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The outbox state format encodes the messages that a server may not have delivered. The latest aggregate, which is in the
/// state already, is only named.
/// </summary>
internal static class OutboxStateFormat
{
    private const byte LatestAggregate = 1;
    private const byte OwnBytes = 2;

    public static void Write(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.Undelivered.Count);
        foreach (OutgoingMessage message in state.Undelivered)
        {
            bool isLatest = state.Aggregate is not null && message.Bytes.Equals(state.Aggregate.Message);
            writer.WriteClientId(message.Recipient!.Value);
            writer.WriteByte((byte)message.Kind);
            writer.WriteByte(isLatest ? LatestAggregate : OwnBytes);
            if (!isLatest)
            {
                writer.WriteBytesWithLength(message.Bytes.Span);
            }
        }
    }

    public static void Read(ref WireReader reader, ReadOnlyMemory<byte> source, ServerState state)
    {
        var messages = new List<OutgoingMessage>();
        for (int count = reader.ReadInt32(0, int.MaxValue); count > 0 && !reader.Failed; count--)
        {
            ClientId client = reader.ReadClientId();
            var kind = (MessageKind)reader.ReadByte();
            byte form = reader.ReadByte();
            reader.Require(state.Epochs.Knows(client) && Enum.IsDefined(kind), FormatError.Inconsistent);
            reader.Require(form == OwnBytes || (form == LatestAggregate && state.Aggregate is not null), FormatError.FieldOutOfRange);
            ReadOnlyMemory<byte> bytes = form == LatestAggregate || reader.Failed
                ? state.Aggregate?.Message ?? default
                : reader.ReadBytesWithLength(source).ToArray();
            messages.Add(new OutgoingMessage(client, kind, bytes));
        }

        state.Undelivered = messages;
    }
}
