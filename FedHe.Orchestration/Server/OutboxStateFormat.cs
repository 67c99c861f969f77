using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Server;

/// <summary>
/// The outbox state format encodes the messages that a server may not have delivered. The latest aggregate, which is in the
/// state already, is only named, and a message to many is written for the first of them.
/// </summary>
internal static class OutboxStateFormat
{
    private const byte LatestAggregate = 1;
    private const byte OwnBytes = 2;
    private const byte BytesOfTheOneBefore = 3;

    public static void Write(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.Undelivered.Count);
        ReadOnlyMemory<byte> before = default;
        foreach (OutgoingMessage message in state.Undelivered)
        {
            bool isLatest = state.Aggregate is not null && message.Bytes.Equals(state.Aggregate.Message);
            byte form = isLatest ? LatestAggregate : message.Bytes.Equals(before) ? BytesOfTheOneBefore : OwnBytes;
            writer.WriteClientId(message.Recipient!.Value);
            writer.WriteByte((byte)message.Kind);
            writer.WriteByte(form);
            if (form == OwnBytes)
            {
                writer.WriteBytesWithLength(message.Bytes.Span);
            }

            before = message.Bytes;
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
            bool isThere = form switch
            {
                LatestAggregate => state.Aggregate is not null,
                OwnBytes => true,
                BytesOfTheOneBefore => messages.Count > 0 && messages[^1].Kind == kind,
                _ => false,
            };
            reader.Require(isThere, FormatError.FieldOutOfRange);
            if (!reader.Failed)
            {
                messages.Add(new OutgoingMessage(client, kind, form switch
                {
                    LatestAggregate => state.Aggregate!.Message,
                    BytesOfTheOneBefore => messages[^1].Bytes,
                    _ => reader.ReadBytesWithLength(source).ToArray(),
                }));
            }
        }

        state.Undelivered = messages;
    }
}
