using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Committee;
using FedHe.Orchestration.Epochs;
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
    public static async Task<(ServerIdentity Identity, FederationJob Job, List<ClientStation> Stations, IEnrollmentKeys Authority)> EnrollAsync(
        InProcessFederationSetup setup, KeyPlan? keyPlan, CancellationToken cancellationToken)
    {
        var jobId = Guid.NewGuid();
        List<ClientIdentity> identities = [.. setup.Trainers.Keys.Order().Select(ClientIdentity.Create)];
        ClientRoster roster = ClientRoster.Of(identities);
        var server = ServerIdentity.Create();
        IEnrollmentKeys authority = IEnrollmentKeys.Create(setup, jobId, roster);
        var owned = new List<IDisposable>([authority, server, .. identities]);
        try
        {
            FederationJob job = Describe(setup, CommitteeOf(setup, keyPlan, roster, identities), jobId, roster, authority, server);
            var stations = new List<ClientStation>();
            foreach (ClientIdentity identity in identities)
            {
                ClientStation station = await EnrollAsync(
                    setup, authority, job, certificates: [], identity, setup.Trainers[identity.Client], cancellationToken).ConfigureAwait(false);
                owned.Add(station);
                stations.Add(station);
            }

            return (server, job, stations, authority);
        }
        catch
        {
            // A client that refuses the job ends the enrollment of all clients; no key outlives it.
            owned.ForEach(one => one.Dispose());
            throw;
        }
    }

    /// <summary>Enrolls one client, which gets the job and the certificates of its epochs as bytes.</summary>
    public static async Task<ClientStation> EnrollAsync(
        InProcessFederationSetup setup,
        IEnrollmentKeys authority,
        FederationJob job,
        IEnumerable<ReadOnlyMemory<byte>> certificates,
        ClientIdentity identity,
        ILocalTrainer trainer,
        CancellationToken cancellationToken)
    {
        FederationJob received = certificates.Aggregate(
            PassThroughBytes(job), (epoch, certificate) => EpochCertificate.Read(epoch, certificate).Job);
        ClientKeys keys = await RequestKeysAsync(authority, received, identity, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ClientStation(new FederationClientSetup
            {
                Job = received,
                Identity = identity,
                Keys = keys,
                Trainer = trainer,
                InitialModel = setup.InitialModel,
                Strategy = setup.Strategy,
                AgreedMask = setup.AgreedMasks?.TryGetValue(identity.Client, out Digest agreed) == true ? agreed : null,
                UploadForm = setup.UploadForm,
                BoundPolicy = setup.BoundPolicy,
                Privacy = setup.Privacy,
                Safety = setup.Safety,
                Time = setup.Time,
                Logger = setup.LoggerFactory?.CreateLogger<FederationClient>(),
                MeterFactory = setup.MeterFactory,
            });
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Requests the keys of a job's epoch for a client.</summary>
    public static async Task<ClientKeys> RequestKeysAsync(
        IEnrollmentKeys authority, FederationJob job, ClientIdentity identity, CancellationToken cancellationToken)
    {
        using var request = new KeyRequest(job, identity);
        AuthorityStep step = await authority.HandleAsync(request.Bytes, cancellationToken).ConfigureAwait(false);
        return authority.Open(request, step.Answer);
    }

    private static FederationJob Describe(
        InProcessFederationSetup setup, CommitteeTerms? committee, Guid jobId, ClientRoster roster, IEnrollmentKeys authority, ServerIdentity server)
        => new(
            jobId,
            authority.Info,
            server.VerificationKey,
            roster,
            setup.Terms,
            FederationJob.DigestOf(setup.InitialModel),
            setup.Settings,
            setup.MaskTerms,
            setup.Protection,
            committee,
            setup.Update);

    private static CommitteeTerms? CommitteeOf(InProcessFederationSetup setup, KeyPlan? keyPlan, ClientRoster roster, List<ClientIdentity> identities)
    {
        if (keyPlan?.IsCommittee != true)
        {
            return setup.Committee?.Invoke(roster);
        }

        CommitteeDraw? draw = keyPlan.IsDrawn ? InProcessDraw.Run(roster, identities) : null;
        return keyPlan.TermsOf(draw?.Order ?? roster.Clients);
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
