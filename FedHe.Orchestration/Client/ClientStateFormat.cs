using System.Buffers;
using System.Buffers.Binary;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Wire;

namespace FedHe.Orchestration.Client;

/// <summary>
/// The client state format encodes a client's state; docs/wire-format.md describes it as kind 68. Models in clear are only in
/// the part that the host's protector encrypts.
/// </summary>
internal static class ClientStateFormat
{
    private const int MostFailedLists = 1000;

    public static void Write(ClientState state, FederationClientSetup setup, IBufferWriter<byte> destination)
    {
        FederationJob job = setup.Job;
        bool hasFiles = setup.Files is not null;
        bool hasSecrets = setup.Protector is not null && !hasFiles;
        if (job.Update.Kind == UpdateKind.Difference && !hasSecrets && !hasFiles)
        {
            throw Throw.DifferencesNeedAProtector();
        }

        if (HasLocalTensors(job.Terms.Layout) && !hasSecrets && !hasFiles)
        {
            throw Throw.LocalTensorsNeedAProtector();
        }

        var content = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(content);
        writer.WriteClientId(setup.Identity.Client);
        if (job.Committee is not null)
        {
            writer.WriteInt32(job.EpochNumber);
            state.Epochs.Write(writer);
        }

        writer.WriteInt32(state.Server.Life);
        writer.WriteGuid(state.Server.LifeId);
        writer.WriteBytesWithLength(state.Proof);
        writer.WriteBytesWithLength(state.EarlierProof);
        writer.WriteInt32(state.ModelRound);
        writer.WriteDigest(state.ModelDigest);
        writer.WriteInt32(state.ChainRound);
        writer.WriteDigest(state.ChainDigest);
        writer.WriteInt32(state.LatestRound);
        writer.WriteByte((byte)(state.IsConfirmed ? 1 : 0));
        writer.WriteByte((byte)(state.Outcome ?? 0));
        writer.WriteInt32(state.RefusedRound);
        writer.WriteDigest(state.Refused ?? default);
        state.Opened.Write(writer);
        writer.WriteInt32(state.FailedLists.Count);
        foreach (Digest list in state.FailedLists)
        {
            writer.WriteDigest(list);
        }

        VoidAttempt.Write(writer, state.Void);
        writer.WriteInt32(state.Seen.Round);
        writer.WriteInt32(state.Seen.Attempt);
        writer.WriteInt32(state.AnsweredRound);
        writer.WriteInt32(state.Voted.Number);
        writer.WriteInt32(state.Voted.FirstRound);
        WriteInvitation(writer, state.Latest);
        WriteInvitation(writer, state.Trained);
        WriteInvitation(writer, state.Upload?.Invitation);
        if (state.Upload is SentUpload upload)
        {
            UploadFormat.Write(writer, upload);
        }

        writer.WriteBytesWithLength(state.Statement ?? []);
        writer.WriteBytesWithLength(state.Evidence ?? []);
        WriteModel(writer, state);
        state.Privacy?.Write(writer);
        state.Noise?.Write(writer, setup.Protector!, ContextOf(setup));
        if (job.Update.Privacy?.NoisedCount is not null)
        {
            writer.WriteInt64(state.NoisedCount);
        }

        if (state.Controls is not null)
        {
            writer.WriteByte((byte)(state.Controls.IsLost ? 1 : 0));
            ControlFormat.WriteUploads(state.Controls.Sent.Slots, writer);
        }

        if (state.Squeeze is not null)
        {
            writer.WriteByte((byte)(state.Squeeze.IsRefused ? 1 : 0));
            writer.WriteByte((byte)(hasSecrets && state.Result?.IsAlone == true ? 1 : 0));
        }

        WriteInvitation(writer, hasSecrets ? state.Result?.Invitation : null);
        writer.WriteBytesWithLength(hasSecrets ? Protect(state, setup) : []);
        StateEnvelope.Write(
            WireKind.ClientState, job.Authority.ParametersId, job.Digest, state.Stamp, content.WrittenSpan, setup.Identity.Key, destination);
    }

    /// <summary>Checks and parses a saved state of the setup's client.</summary>
    /// <param name="source">The bytes; untrusted.</param>
    /// <param name="setup">The setup of the client.</param>
    /// <param name="newest">The stamp of the newest state, or null where it is not known.</param>
    /// <exception cref="StateRefusedException">The bytes are not a saved state of the client, or an older one.</exception>
    public static ClientState Read(ReadOnlyMemory<byte> source, FederationClientSetup setup, StateStamp? newest)
    {
        FederationJob job = setup.Job;
        ReadOnlyMemory<byte> content = StateEnvelope.Open(
            source, WireKind.ClientState, job.Authority.ParametersId, job.Digest, setup.Identity.VerificationKey, newest, out StateStamp stamp);
        var reader = new WireReader(content.Span);
        reader.Require(reader.ReadClientId() == setup.Identity.Client, FormatError.Inconsistent);
        var state = new ClientState(ReadEpochs(ref reader, content, job)) { Version = stamp.Version, Template = setup.Files is null ? setup.InitialModel : null };
        state.Server = (reader.ReadInt32(0, int.MaxValue), reader.ReadGuid());
        state.Proof = reader.ReadBytesWithLength().ToArray();
        state.EarlierProof = reader.ReadBytesWithLength().ToArray();
        state.ModelRound = reader.ReadInt32(0, job.Settings.Rounds);
        state.ModelDigest = reader.ReadDigest();
        state.ChainRound = reader.ReadInt32(state.ModelRound, job.Settings.Rounds);
        state.ChainDigest = reader.ReadDigest();
        state.LatestRound = reader.ReadInt32(0, job.Settings.Rounds);
        state.IsConfirmed = reader.ReadFlag();
        byte outcome = reader.ReadByte();
        state.Outcome = outcome == 0 ? null : (FederationOutcome)outcome;
        reader.Require(state.Outcome is null || Enum.IsDefined(state.Outcome.Value), FormatError.FieldOutOfRange);
        state.RefusedRound = reader.ReadInt32(0, job.Settings.Rounds);
        Digest refused = reader.ReadDigest();
        state.Refused = state.RefusedRound == 0 ? null : refused;
        state.Opened = OpenedList.Read(ref reader);
        for (int count = reader.ReadInt32(0, MostFailedLists); count > 0 && !reader.Failed; count--)
        {
            reader.Require(state.FailedLists.Add(reader.ReadDigest()), FormatError.Inconsistent);
        }

        state.Void = VoidAttempt.Read(ref reader);
        state.Seen = (reader.ReadInt32(0, job.Settings.Rounds), reader.ReadInt32(0, job.Settings.MaxAttempts));
        state.AnsweredRound = reader.ReadInt32(0, job.Settings.Rounds);
        state.Voted = (reader.ReadInt32(0, job.Settings.Rounds), reader.ReadInt32(0, job.Settings.Rounds));
        state.Latest = ReadInvitation(ref reader, setup);
        state.Trained = ReadInvitation(ref reader, setup);
        if (ReadInvitation(ref reader, setup) is Invitation uploaded)
        {
            state.Upload = UploadFormat.Read(ref reader, uploaded, setup);
        }

        byte[] statement = reader.ReadBytesWithLength().ToArray();
        state.Statement = statement.Length == 0 ? null : statement;
        byte[] evidence = reader.ReadBytesWithLength().ToArray();
        state.Evidence = evidence.Length == 0 ? null : evidence;
        ReadModel(ref reader, state, setup);
        state.Privacy = job.Update.Privacy is null ? null : PrivacyLedger.Read(ref reader, job, state.ModelRound);
        state.SavedNoise = job.Update.Privacy?.Correlation is null ? null : NoiseKeeper.Read(ref reader, job);
        state.NoisedCount = job.Update.Privacy?.NoisedCount is null ? 0 : reader.ReadInt64(1, job.Terms.MaxWeight);
        bool isLost = job.Update.Controls is not null && reader.ReadFlag();
        SentSlot[] sent = job.Update.Controls is null ? [] : ControlFormat.ReadUploads(ref reader, job.Settings.Rounds, job.Settings.MaxAttempts);
        reader.Require(sent.Length == 0 || (state.Upload?.Invitation.Slot is UploadSlot latest && (latest.Round, latest.Attempt) == (sent[^1].Round, sent[^1].Attempt)), FormatError.Inconsistent);
        state.Squeeze = SqueezeKeeper.Of(job);
        bool isRefused = state.Squeeze is not null && reader.ReadFlag();
        bool isAlone = state.Squeeze is not null && reader.ReadFlag();
        Invitation? trained = ReadInvitation(ref reader, setup);
        reader.Require(!isAlone || trained is not null, FormatError.Inconsistent);
        ReadOnlySpan<byte> secret = reader.ReadBytesWithLength();
        reader.ExpectEnd();

        // A client with files keeps no models in its state, and the state of one in memory is none of its own.
        reader.Require(setup.Files is null || secret.Length == 0, FormatError.Inconsistent);
        if (!reader.Failed && secret.Length > 0)
        {
            Unprotect(secret, trained, (isLost, sent), state, setup, ref reader);
        }

        if (state.Squeeze is not null)
        {
            state.Squeeze.IsRefused = isRefused;
            state.Result = state.Result is TrainedResult result ? result with { IsAlone = isAlone } : null;
        }

        // Where updates are differences, the model that the latest sum was added to is in the part that a protector encrypts.
        reader.Require(
            secret.Length > 0 || setup.Files is not null || (state.ModelRound == 0 && !isLost && sent.Length == 0) || job.Update.Kind != UpdateKind.Difference, FormatError.Inconsistent);

        return reader.Failed || state.Stamp != stamp
            ? throw new StateRefusedException(StateError.Inconsistent, new HeFormatException(reader.Error, "client state"))
            : state;
    }

    /// <summary>Reads the epochs after the one of the setup's job, which may be later than the one that the client began with.</summary>
    private static EpochLine ReadEpochs(ref WireReader reader, ReadOnlyMemory<byte> content, FederationJob job)
    {
        if (job.Committee is null)
        {
            return new EpochLine(job);
        }

        int first = reader.ReadInt32(JobEpoch.First, job.Settings.Rounds);
        return EpochLine.Read(ref reader, content, job, first);
    }

    /// <summary>Writes the message of the aggregate that the client's model was opened from, or where the model is.</summary>
    private static void WriteModel(WireWriter writer, ClientState state)
    {
        if (state.StoredModel is StoredModel model)
        {
            model.Write(writer);
            return;
        }

        writer.WriteBytesWithLength(state.AggregateMessage is ReadOnlyMemory<byte> aggregate ? aggregate.Span : default);
    }

    private static void ReadModel(ref WireReader reader, ClientState state, FederationClientSetup setup)
    {
        if (setup.Files is not null && state.ModelRound > 0)
        {
            state.StoredModel = StoredModel.Read(ref reader, setup.Job.Terms.Layout.Tensors.Length);
            return;
        }

        byte[] aggregate = reader.ReadBytesWithLength().ToArray();
        state.AggregateMessage = aggregate.Length == 0 ? default(ReadOnlyMemory<byte>?) : aggregate;
        reader.Require((aggregate.Length == 0) == (state.ModelRound == 0), FormatError.Inconsistent);
    }

    private static byte[] Protect(ClientState state, FederationClientSetup setup)
    {
        using var secret = new PinnedBufferWriter();
        if (state is { BaseModel: not null, Squeeze: not null } or { Controls: not null })
        {
            // A writer that doubles would pass the longest array long before these bytes do.
            ModelLayout layout = setup.InitialModel.Layout;
            _ = secret.GetSpan(ModelBytes.ToArrayLength(state.Squeeze is null ? ControlFormat.LengthOfState(layout) : SqueezeFormat.LengthOfState(layout)));
        }

        if (state.BaseModel is ModelParameters baseModel)
        {
            ModelBytes.Write(baseModel, buffersOnly: false, secret);
            if (HasClipPosition(setup))
            {
                new WireWriter(secret).WriteInt32(state.BaseClipPosition);
            }
        }

        if (state.BaseMoments is OptimizerMoments moments)
        {
            OptimizerFormat.Write(moments, new WireWriter(secret));
        }

        if (state is { BaseModel: not null, Squeeze: SqueezeKeeper squeeze })
        {
            SqueezeFormat.Write(squeeze.BasePass, squeeze.Residual, new WireWriter(secret));
        }

        if (state.Controls is ControlKeeper controls)
        {
            double totalStep = state.Result?.TotalStep ?? 0;
            ControlFormat.Write(new SavedControls(controls.BaseMean, controls.Own, [.. controls.Sent.Trainings], totalStep), new WireWriter(secret));
        }

        ModelBytes.Write((ModelParameters?)state.Result?.Model ?? state.Template ?? setup.InitialModel, buffersOnly: state.Result is null, secret);
        if (state.Result?.Gradient is GradientSum gradient)
        {
            WriteGradient(gradient, secret);
        }

        return setup.Protector!.Protect(secret.WrittenSpan, ContextOf(setup));
    }

    private static void Unprotect(
        ReadOnlySpan<byte> bytes,
        Invitation? trained,
        (bool IsLost, SentSlot[] Sent) controls,
        ClientState state,
        FederationClientSetup setup,
        ref WireReader reader)
    {
        using var secret = new PinnedBufferWriter();
        if (setup.Protector?.TryUnprotect(bytes, ContextOf(setup), secret) != true)
        {
            throw new StateRefusedException(StateError.NotUnprotected);
        }

        ReadOnlySpan<byte> models = secret.WrittenSpan;
        bool hasBase = setup.Job.Update.Kind == UpdateKind.Difference && state.ModelRound > 0;
        if (hasBase)
        {
            int length = Math.Min(models.Length, ModelBytes.LengthOf(setup.InitialModel.Layout));
            state.BaseModel = ModelBytes.TryRead(models[..length], setup.InitialModel, buffersOnly: false);
            models = models[length..];
            if (HasClipPosition(setup))
            {
                reader.Require(models.Length >= sizeof(int), FormatError.Truncated);
                state.BaseClipPosition = reader.Failed ? 0 : BinaryPrimitives.ReadInt32LittleEndian(models);
                models = models[Math.Min(models.Length, sizeof(int))..];
            }
        }

        if (hasBase && setup.Job.Update.Optimizer is ServerOptimizer optimizer)
        {
            int parameters = setup.InitialModel.Layout.ToArrayLength();
            int length = Math.Min(models.Length, OptimizerFormat.LengthOf(optimizer, parameters));
            state.BaseMoments = OptimizerFormat.TryRead(models[..length], optimizer, parameters);
            models = models[length..];
        }

        bool lacksBase = hasBase && (state.BaseModel is null || state.BaseMoments is null != setup.Job.Update.Optimizer is null);
        if (hasBase && setup.Job.Update.Squeeze is SparsificationTerms squeeze)
        {
            ModelLayout layout = setup.InitialModel.Layout;
            int length = Math.Min(models.Length, SqueezeFormat.LengthOf(layout.ToArrayLength()));
            (SqueezePass Pass, SqueezeResidual Residual)? passes = SqueezeFormat.TryRead(models[..length], squeeze, layout, setup.Job.Digest);
            state.Squeeze = passes is null ? null : new SqueezeKeeper(passes.Value.Pass, passes.Value.Residual);
            lacksBase |= passes is null || passes.Value.Pass.SumCount >= state.ModelRound;
            models = models[length..];
        }

        double totalStep = 0;
        if (setup.Job.Update.Controls is not null)
        {
            int parameters = setup.InitialModel.Layout.ToArrayLength();
            int trainings = controls.Sent.Count(slot => slot.IsFirst);
            int length = (int)Math.Min(models.Length, ControlFormat.LengthOf(parameters, trainings));
            SavedControls? saved = ControlFormat.TryRead(models[..length], parameters, trainings, hasResult: trained is not null);
            lacksBase |= saved is null;
            state.Controls = saved is null ? null : new ControlKeeper(saved.Mean, saved.Own, controls.IsLost);
            state.Controls?.Sent.Restore(controls.Sent, saved!.Sent);
            totalStep = saved?.TotalStep ?? 0;
            models = models[length..];
        }

        GradientSum? gradient = null;
        if (trained is not null && setup.Job.Update.Privacy is PrivacyTerms { Form: RecordProtection.DistributedGradient } terms)
        {
            int length = Math.Min(models.Length, ModelBytes.LengthOf(setup.InitialModel.Layout));
            gradient = ReadGradient(models[length..], terms, setup.InitialModel.Layout.ToArrayLength(), ref reader) is GradientSum units
                ? units with { Part = terms.Correlation?.PartOf(trained.Slot.Round) }
                : null;
            models = models[..length];
        }

        if (reader.Failed || lacksBase || ModelBytes.TryRead(models, setup.InitialModel, buffersOnly: trained is null) is not ModelParameters read)
        {
            reader.Fail(FormatError.Inconsistent);
            return;
        }

        state.Template = setup.Job.Update.Privacy is null ? read : state.Template;
        state.Result = trained is null ? null : new TrainedResult(trained, read, gradient, TotalStep: totalStep);
    }

    /// <summary>Tells whether tensors stay with the client although their type could be averaged, so that clients train them.</summary>
    private static bool HasLocalTensors(ModelLayout layout) => layout.Tensors.Any(tensor => tensor.ElementType.IsAggregated() && !tensor.IsAggregated);

    private static bool HasClipPosition(FederationClientSetup setup) => setup.Job.Update.Privacy?.AdaptiveClip is not null;

    private static void WriteGradient(GradientSum gradient, PinnedBufferWriter destination)
    {
        var writer = new WireWriter(destination);
        foreach (long unit in gradient.Units.Span)
        {
            writer.WriteInt64(unit);
        }
    }

    private static GradientSum? ReadGradient(ReadOnlySpan<byte> bytes, PrivacyTerms terms, int parameters, ref WireReader reader)
    {
        reader.Require(bytes.Length == (long)parameters * sizeof(long), FormatError.Inconsistent);
        if (reader.Failed)
        {
            return null;
        }

        var units = new long[parameters];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(i * sizeof(long))..]);
        }

        return new GradientSum(units, terms.Clip, terms.LogClipUnits);
    }

    /// <summary>Returns the context of what a client's protector encrypts, which names job and client.</summary>
    public static byte[] ContextOf(FederationClientSetup setup)
    {
        var context = new ArrayBufferWriter<byte>();
        context.Write("FedHe client state v1"u8);
        var writer = new WireWriter(context);
        writer.WriteDigest(setup.Job.Digest);
        writer.WriteClientId(setup.Identity.Client);
        return context.WrittenSpan.ToArray();
    }

    private static void WriteInvitation(WireWriter writer, Invitation? invitation)
    {
        writer.WriteByte((byte)(invitation is null ? 0 : 1));
        if (invitation is not null)
        {
            writer.WriteInt32(invitation.Slot.Round);
            writer.WriteInt32(invitation.Slot.Attempt);
            writer.WriteInt32(invitation.BaseRound);
            writer.WriteDigest(invitation.BaseDigest);
            writer.WriteInt64(invitation.ReferenceWeight);
            writer.WriteByte((byte)(invitation.WasPublished ? 1 : 0));
        }
    }

    private static Invitation? ReadInvitation(ref WireReader reader, FederationClientSetup setup)
    {
        if (!reader.ReadFlag())
        {
            return null;
        }

        UploadSlot? slot = reader.ReadSlot(setup.Job.JobId, setup.Identity.Client);
        int baseRound = reader.ReadInt32(0, setup.Job.Settings.Rounds);
        Digest digest = reader.ReadDigest();
        long reference = reader.ReadInt64(1, setup.Job.Terms.MaxWeight);
        bool wasPublished = reader.ReadFlag();
        reader.Require(baseRound < slot?.Round, FormatError.Inconsistent);

        // The keys of a committee were used when the client encrypted; another invitation brings others.
        return slot is null || reader.Failed ? null : new Invitation(slot, baseRound, digest, reference, MemberKeys: [], wasPublished);
    }
}
