using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;
using FedHe.Hosting.Folders;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;

namespace FedHe.Hosting.Tests.Folders;

/// <summary>The description of a job in the folder of a party.</summary>
public sealed class JobFileTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fedhe-job-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>A model may have as many values as the messages of the job have room for, which is more than a host allows that does not know its model.</summary>
    [Fact]
    public void Job_WhoseModelIsLargerThanTheDefaultLimit_IsRead()
    {
        var layout = new ModelLayout(new TensorSpec("w", ElementType.Float32, [(int)WireLimits.Default.MaxValues + 1], bound: 1));
        var terms = new AggregationTerms(layout, Weighting.Clear, maxWeight: 1);
        var settings = new FederationSettings { Rounds = 1, ClientsPerRound = 4, Quorum = 3 };
        ClientIdentity[] identities = [.. Enumerable.Range(1, 4).Select(i => ClientIdentity.Create(new ClientId($"c{i}")))];
        ClientRoster roster = ClientRoster.Of(identities);
        using var server = ServerIdentity.Create();
        var jobId = Guid.NewGuid();
        using var authority = new GroupKeyAuthority(jobId, FederationJob.PlanRoundKeys(settings, terms), roster, new RosterAuthenticator());
        var job = new FederationJob(
            jobId, authority.Info, server.VerificationKey, roster, terms, Digest.Compute("model"u8), settings, committee: CommitteeTerms.OfAll(roster));
        using PartyFolder folder = PartyFolder.Open(_root);
        folder.Replace(PartyFiles.Job, job.WriteTo);

        JobFile.Read(folder).Should().Be(job);

        Array.ForEach(identities, identity => identity.Dispose());
    }
}
