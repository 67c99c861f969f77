using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Transport;

/// <summary>
/// The in-process enrollment sets up a federation as its parties would between machines: identities, roster, keys, job,
/// and an encrypted key grant for every client.
/// </summary>
internal static class InProcessEnrollment
{
    public static async Task<(ServerIdentity Identity, FederationJob Job, List<ClientStation> Stations)> EnrollAsync(
        InProcessFederationSetup setup, KeyPlan? keyPlan, CancellationToken cancellationToken)
    {
        var jobId = Guid.NewGuid();
        List<ClientIdentity> identities = [.. setup.Trainers.Keys.Order().Select(ClientIdentity.Create)];
        ClientRoster roster = ClientRoster.Of(identities);
        var server = ServerIdentity.Create();
        var owned = new List<IDisposable>([server, .. identities]);
        CommitteeDraw? draw = keyPlan?.IsDrawn == true ? InProcessDraw.Run(roster, identities) : null;
        using IEnrollmentKeys authority = IEnrollmentKeys.Create(setup, jobId, roster);
        var job = new FederationJob(
            jobId,
            authority.Info,
            server.VerificationKey,
            roster,
            setup.Terms,
            FederationJob.DigestOf(setup.InitialModel),
            setup.Settings,
            setup.MaskTerms,
            setup.Protection,
            keyPlan?.IsCommittee == true ? keyPlan.TermsOf(draw?.Order ?? roster.Clients) : setup.Committee?.Invoke(roster));
        var stations = new List<ClientStation>();
        try
        {
            foreach (ClientIdentity identity in identities)
            {
                FederationJob received = PassThroughBytes(job);
                using var request = new KeyRequest(received, identity);
                AuthorityStep step = await authority.HandleAsync(request.Bytes, cancellationToken).ConfigureAwait(false);
                ClientKeys keys = authority.Open(request, step.Answer);
                owned.Add(keys);
                stations.Add(new ClientStation(new FederationClientSetup
                {
                    Job = received,
                    Identity = identity,
                    Keys = keys,
                    Trainer = setup.Trainers[identity.Client],
                    InitialModel = setup.InitialModel,
                    Strategy = setup.Strategy,
                    AgreedMask = setup.AgreedMasks?.TryGetValue(identity.Client, out Digest agreed) == true ? agreed : null,
                    UploadForm = setup.UploadForm,
                    BoundPolicy = setup.BoundPolicy,
                    Safety = setup.Safety,
                    Time = setup.Time,
                    Logger = setup.LoggerFactory?.CreateLogger<FederationClient>(),
                    MeterFactory = setup.MeterFactory,
                }));
            }
        }
        catch
        {
            // A client that refuses the job ends the enrollment of all clients; no key outlives it.
            owned.ForEach(one => one.Dispose());
            throw;
        }

        return (server, job, stations);
    }

    private static FederationJob PassThroughBytes(FederationJob job)
    {
        var bytes = new ArrayBufferWriter<byte>();
        job.WriteTo(bytes);
        return FederationJob.TryRead(
            bytes.WrittenSpan, job.Authority.ParametersId, WireLimits.Default, out FederationJob? received, out FormatError reason)
            ? received
            : throw new HeFormatException(reason, "federation job");
    }
}
