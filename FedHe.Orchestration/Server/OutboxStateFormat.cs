using FedHe.Crypto.Errors;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Sums;

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
    private const byte EarlierAggregate = 4;

    public static void Write(WireWriter writer, ServerState state)
    {
        writer.WriteInt32(state.Undelivered.Count);
        OutgoingMessage before = default;
        foreach (OutgoingMessage message in state.Undelivered)
        {
            byte form = message.Content == state.Aggregate?.Message ? LatestAggregate
                : message.IsInFile ? EarlierAggregate
                : !before.IsInFile && before.IsSameMessageAs(message) ? BytesOfTheOneBefore
                : OwnBytes;
            writer.WriteClientId(message.Recipient!.Value);
            writer.WriteByte((byte)message.Kind);
            writer.WriteByte(form);
            if (form == OwnBytes)
            {
                writer.WriteBytesWithLength(message.Bytes.Span);
            }
            else if (form == EarlierAggregate)
            {
                writer.WriteInt32(state.EarlierWith(message.Content)!.Round);
            }

            before = message;
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
                OwnBytes or EarlierAggregate => true,
                BytesOfTheOneBefore => messages.Count > 0 && messages[^1].Kind == kind,
                _ => false,
            };
            reader.Require(isThere, FormatError.FieldOutOfRange);
            if (!reader.Failed)
            {
                int round = form == EarlierAggregate ? reader.ReadInt32(1, int.MaxValue) : 0;
                SumBytes? content = form switch
                {
                    LatestAggregate => state.Aggregate!.Message,
                    EarlierAggregate => state.Earlier.Find(earlier => earlier.Round == round)?.Message,
                    BytesOfTheOneBefore => messages[^1].Content,
                    _ => SumBytes.Of(reader.ReadBytesWithLength(source).ToArray()),
                };
                reader.Require(content is not null, FormatError.Inconsistent);
                messages.Add(new OutgoingMessage(client, kind, content ?? SumBytes.Of(ReadOnlyMemory<byte>.Empty)));
            }
        }

        state.Undelivered = messages;
    }
}
