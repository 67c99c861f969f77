using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Inspections;
using FedHe.Orchestration.Server.Inspections;
using FedHe.Orchestration.Sums;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Server;

/// <summary>
/// An inspection runner finds out whose tags made an attempt void: it asks every contributor to show one part of its upload, passes what
/// is shown on to a few other clients, which check the tags, and excludes the clients that most of them find wrong.
/// </summary>
internal sealed class InspectionRunner(FederationServerSetup setup, ServerState state, Outbox outbox, ILogger logger)
{
    private readonly FederationJob _job = setup.Job;

    /// <summary>Begins the inspection of a part of a void attempt.</summary>
    /// <param name="list">The list that clients object to.</param>
    /// <param name="part">The part.</param>
    /// <param name="sum">The sum that clients object to.</param>
    /// <param name="parts">The digests of what was folded in.</param>
    /// <param name="objectors">The clients that objected.</param>
    public void Begin(
        ContributorList list,
        InspectedPart part,
        SumBytes sum,
        IReadOnlyDictionary<ClientId, PartDigests> parts,
        IEnumerable<ClientId> objectors)
    {
        var inspection = new Inspection(list.Round, list.AttemptNumber, list.ReferenceWeight, list.Chain, part, sum);
        inspection.Objectors.UnionWith(objectors);
        foreach (Contributor contributor in list.Contributors)
        {
            inspection.Uploads.Add(contributor.Client, new InspectedUpload(contributor, parts[contributor.Client].Of(part)));
        }

        state.Inspection = inspection;
        state.Touch();
        Log.InspectionStarted(logger, list.Round, list.AttemptNumber, part, list.Contributors.Length);
        foreach (ClientId client in inspection.Uploads.Keys)
        {
            Ask(inspection, client);
        }
    }

    /// <summary>Asks a client again that came back, if the inspection waits for it.</summary>
    public void Inform(ClientId client)
    {
        if (state.Inspection is Inspection inspection && inspection.Uploads.TryGetValue(client, out InspectedUpload? upload) && !upload.IsDecided)
        {
            SendSum(inspection, client);
            Ask(inspection, client);
        }
    }

    /// <summary>Asks once more for everything that is missing: messages may have been lost.</summary>
    public void Remind()
    {
        Inspection inspection = state.Inspection!;
        inspection.IsReminded = true;
        state.Touch();
        foreach ((ClientId client, InspectedUpload upload) in inspection.Uploads)
        {
            if (!upload.IsDecided)
            {
                SendSum(inspection, client);
                Ask(inspection, client);
            }
        }
    }

    /// <summary>Ends the inspection, and excludes whom it names.</summary>
    public void Judge()
    {
        Inspection inspection = state.Inspection!;
        IReadOnlyList<(ClientId Client, ExclusionReason Reason)> named = InspectionRules.Name(inspection);
        foreach ((ClientId client, ExclusionReason reason) in named)
        {
            state.Excluded[client] = reason;
            state.Available.Remove(client);
            Log.ClientExcluded(logger, inspection.Round, inspection.Attempt, client, reason);
        }

        state.ChecksKeys &= inspection.Part != InspectedPart.Keys || named.Count == 0;
        state.Inspection = null;
        state.Touch();
    }

    /// <summary>Compares what a client shows with what was folded in, and passes it on to the clients that check it.</summary>
    public RefusalReason Handle(Showing showing, ReadOnlyMemory<byte> bytes)
    {
        if (Find(showing.Slot, showing.List, showing.Part) is not InspectedUpload upload)
        {
            return RefusalReason.NotInspected;
        }

        if (!showing.IsIntact)
        {
            return RefusalReason.BadSignature;
        }

        Inspection inspection = state.Inspection!;
        if (ShownPart.TryRead(showing.Shown) is not ShownPart shown || shown.DigestOf(showing.Part, showing.Client, setup.Context.MaxDegreeOfParallelism) != upload.Expected)
        {
            // The client signed it, so it is the client that says two things.
            upload.Outcome = ShownOutcome.Other;
            state.Touch();
        }
        else if (upload.Outcome != ShownOutcome.Other)
        {
            if (upload.Outcome == ShownOutcome.Nothing)
            {
                upload.Outcome = ShownOutcome.Same;
                upload.ShownDigest = showing.ShownDigest;
                foreach (ClientId checker in InspectionRules.Draw(inspection.List, showing.Client, state.Available))
                {
                    upload.Verdicts.Add(checker, null);
                }

                state.Touch();
            }

            SendToCheckers(inspection, upload, showing);
        }

        outbox.Acknowledge(bytes.Span, showing, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Notes what a client says of a part that it was asked to check; its first word counts.</summary>
    public RefusalReason Handle(Verdict verdict, ReadOnlyMemory<byte> bytes)
    {
        if (Find(verdict.Slot, verdict.List, verdict.Part) is not InspectedUpload upload
            || upload.ShownDigest != verdict.ShownDigest
            || !upload.Verdicts.TryGetValue(verdict.Client, out bool? known))
        {
            return RefusalReason.NotInspected;
        }

        if (known is null)
        {
            upload.Verdicts[verdict.Client] = verdict.IsRight;
            state.Touch();
        }

        outbox.Acknowledge(bytes.Span, verdict, RefusalReason.None);
        return RefusalReason.None;
    }

    /// <summary>Notes that a client has seen the sum that it objects to, and returns whether the inspection is about that sum.</summary>
    public bool TryNote(Objection objection)
    {
        if (state.Inspection is not Inspection inspection || inspection.List != objection.Chain)
        {
            return false;
        }

        if (inspection.Objectors.Add(objection.Client))
        {
            state.Touch();
        }

        return true;
    }

    private InspectedUpload? Find(UploadSlot slot, Digest list, InspectedPart part)
        => state.Inspection is Inspection inspection
            && (inspection.Round, inspection.Attempt, inspection.List, inspection.Part) == (slot.Round, slot.Attempt, list, part)
            ? inspection.Uploads.GetValueOrDefault(slot.Client)
            : null;

    private void Ask(Inspection inspection, ClientId client)
        => outbox.Send(client, new Inquiry(SlotOf(inspection, client), inspection.List, inspection.Part));

    private void SendToCheckers(Inspection inspection, InspectedUpload upload, Showing showing)
    {
        Contributor contributor = upload.Contributor;
        var request = new CheckRequest(
            showing.Slot,
            contributor.Weight,
            contributor.Nonce,
            inspection.ReferenceWeight,
            inspection.List,
            inspection.Part,
            showing.Shown,
            showing.ShownDigest);
        ClientId[] missing = [.. upload.Verdicts.Where(entry => entry.Value is null).Select(entry => entry.Key)];
        foreach (ClientId checker in missing.Where(_ => inspection.IsReminded))
        {
            SendSum(inspection, checker);
        }

        outbox.Broadcast(missing, request);
    }

    /// <summary>Sends the sum that clients object to, to a client that may not have seen it.</summary>
    private void SendSum(Inspection inspection, ClientId client)
    {
        if (!inspection.Objectors.Contains(client))
        {
            if (inspection.Part == InspectedPart.Keys)
            {
                outbox.Send(client, new KeySumMessage(_job.JobId, inspection.Round, inspection.Sum.ToMemory()));
            }
            else
            {
                outbox.Send(client, inspection.Round, inspection.Sum);
            }
        }
    }

    private UploadSlot SlotOf(Inspection inspection, ClientId client) => new(_job.JobId, inspection.Round, inspection.Attempt, client);
}
