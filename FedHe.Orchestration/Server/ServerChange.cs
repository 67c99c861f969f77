using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Server;

/// <summary>
/// A server change is a message that changed the state of a server by nothing but its content, or a client that cannot be reached, with what is in the state beside that: the times,
/// the refusals in between, and the messages of the step. It may refer to a long message by its digest. docs/wire-format.md describes it as kind 75.
/// </summary>
/// <param name="Stamp">The stamp of the state after the change.</param>
/// <param name="Cause">What changed the state.</param>
/// <param name="Rest">The fields behind it.</param>
internal sealed record ServerChange(StateStamp Stamp, ChangeCause Cause, ReadOnlyMemory<byte> Rest)
{
    // They stand in the place of the length of a message.
    private const int IsReference = -1;
    private const int IsUnreachable = -2;
    private const long NoDeadline = -1;

    private static readonly TimeSpan LongestRemaining = TimeSpan.FromDays(16 * 365);
    private static readonly TimeSpan LongestElapsed = TimeSpan.FromDays(1000 * 365);

    /// <summary>Writes the change that the last step made.</summary>
    public static void Write(ChangeCause cause, ServerState state, FederationServerSetup setup, Deadlines deadlines, IBufferWriter<byte> destination)
    {
        using var content = new SegmentedBuffer();
        var writer = new WireWriter(content);
        if (cause.Unreachable is ClientId client)
        {
            writer.WriteInt32(IsUnreachable);
            writer.WriteClientId(client);
        }
        else if (cause.Reference is Digest digest)
        {
            writer.WriteInt32(IsReference);
            writer.WriteDigest(digest);
        }
        else
        {
            writer.WriteInt32(cause.Message.Length);
            content.WriteShared(cause.Message);
        }

        writer.WriteInt64(deadlines.Remaining?.Ticks ?? NoDeadline);
        writer.WriteInt64(state.Open is OpenAttempt open ? Math.Max(0, deadlines.Since(open.Start).Ticks) : 0);
        writer.WriteInt64(state.Open?.FoldTime.Ticks ?? 0);
        ServerStateFormat.WriteRefusals(writer, state.Refusals);
        OutboxStateFormat.Write(writer, state);
        FederationJob job = setup.Job;
        StateEnvelope.Write(WireKind.ServerChange, job.Authority.ParametersId, job.Digest, state.Stamp, content, setup.Identity.Key, destination);
    }

    /// <summary>Checks a change of the setup's job.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="setup">The setup of the server.</param>
    /// <exception cref="StateRefusedException">The bytes are not a change of the job's server.</exception>
    public static ServerChange Read(ReadOnlyMemory<byte> source, FederationServerSetup setup)
    {
        FederationJob job = setup.Job;
        ReadOnlyMemory<byte> content = StateEnvelope.Open(
            source, WireKind.ServerChange, job.Authority.ParametersId, job.Digest, setup.Identity.VerificationKey, newest: null, out StateStamp stamp);
        var reader = new WireReader(content.Span);
        ChangeCause cause;
        switch (content.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(content.Span) : 0)
        {
            case IsReference:
                reader.ReadBytes(sizeof(int));
                cause = new ChangeCause { Reference = reader.ReadDigest() };
                break;
            case IsUnreachable:
                reader.ReadBytes(sizeof(int));
                cause = new ChangeCause { Unreachable = reader.ReadClientId() };
                break;
            default:
                cause = new ChangeCause { Message = reader.ReadBytesWithLength(content) };
                break;
        }

        return reader.Failed ? throw Refused(reader.Error) : new ServerChange(stamp, cause, content[^reader.Remaining..]);
    }

    /// <summary>Puts what the state has beside the content of the message into a state that has taken the message in.</summary>
    /// <exception cref="StateRefusedException">The fields contradict the state.</exception>
    public void CompleteState(ServerState state, Deadlines deadlines)
    {
        var reader = new WireReader(Rest.Span);
        long remaining = reader.ReadInt64(NoDeadline, LongestRemaining.Ticks);
        long elapsed = reader.ReadInt64(0, LongestElapsed.Ticks);
        long folding = reader.ReadInt64(0, LongestElapsed.Ticks);
        reader.Require(remaining >= 0 == state.Deadline is not null, FormatError.Inconsistent);
        state.Refusals.Clear();
        ServerStateFormat.ReadRefusals(ref reader, state.Refusals);
        OutboxStateFormat.Read(ref reader, Rest, state);
        reader.ExpectEnd();
        if (reader.Failed)
        {
            throw Refused(reader.Error);
        }

        if (remaining >= 0)
        {
            deadlines.Set(new TimeSpan(remaining));
        }

        if (state.Open is OpenAttempt open)
        {
            open.Start = deadlines.Before(new TimeSpan(elapsed));
            open.FoldTime = new TimeSpan(folding);
        }
    }

    /// <summary>Creates the exception for a change that does not fit the state before it.</summary>
    public static StateRefusedException Refused(FormatError error) => new(StateError.Inconsistent, new HeFormatException(error, "server change"));
}
