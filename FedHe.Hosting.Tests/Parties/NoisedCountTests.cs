using FedHe.Crypto;
using FedHe.Hosting.Clients;
using FedHe.Hosting.Errors;
using FedHe.Hosting.Folders;
using FedHe.Hosting.Tests.Support;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Keys;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Tests.Host.Federations;
using Microsoft.Extensions.DependencyInjection;
using ISecretProtector = FedHe.Orchestration.Protection.ISecretProtector;
using PartyFiles = FedHe.Hosting.Folders.PartyFiles;

namespace FedHe.Hosting.Tests.Parties;

/// <summary>A hosted client of a job with noised counts writes its count to the disk before it tells it, and a folder that lost one draws no other.</summary>
public sealed class NoisedCountTests : IDisposable
{
    private readonly SmallFederation _federation = new(JobMode.RoundKeys);
    private readonly HeContext _context = SmallJob.CreateContext(JobMode.RoundKeys)!;
    private readonly Counting _privacy = new();
    private readonly string _name = PartyNames.Clients[0];

    public void Dispose()
    {
        _context.Dispose();
        _federation.Dispose();
    }

    [Fact]
    public async Task Client_ThatBegins_HasItsCountOnTheDiskBeforeItIsAnnounced()
    {
        (FederationJob job, ClientKeys keys) = await DescribeAsync();
        using var owned = keys;
        byte[] first = await AnnouncedByAsync(job, keys);
        byte[] second = await AnnouncedByAsync(job, keys);

        _privacy.Drawn.Should().Be(1, "the second process goes on from the state of the first one");
        WeightOf(second).Should().Be(WeightOf(first));
    }

    [Fact]
    public async Task Client_WhoseStateIsGone_DrawsNoOtherCountUntilItsOperatorSaysSo()
    {
        (FederationJob job, ClientKeys keys) = await DescribeAsync();
        using var owned = keys;
        _ = await AnnouncedByAsync(job, keys);
        File.Delete(PathOf(PartyFiles.State));

        Func<Task> begin = () => AnnouncedByAsync(job, keys);

        HostingException refused = (await begin.Should().ThrowAsync<HostingException>()).Which;
        refused.Error.Should().Be(HostingError.FileMissing);
        refused.Message.Should().Contain(PartyFiles.NewestState);
        _privacy.Drawn.Should().Be(1);
        File.Delete(PathOf(PartyFiles.NewestState));
        await begin.Should().NotThrowAsync();
        _privacy.Drawn.Should().Be(2);
    }

    /// <summary>Runs what a worker does at its start, in a process of its own as far as the folder can tell.</summary>
    private Task<byte[]> AnnouncedByAsync(FederationJob job, ClientKeys keys)
    {
        using ServiceProvider services = new ServiceCollection().AddSingleton<ISecretProtector>(_federation.Protector).BuildServiceProvider();
        using ClientFiles files = ClientFiles.Open(_federation.FolderOf(_name), () => PartyProtector.Open(services, _name, passwordFile: null));
        using FederationClient client = files.CreateClient(new FederationClientSetup
        {
            Job = job,
            Identity = files.Identity,
            Keys = keys,
            Trainer = new SteadyTrainer(_name),
            InitialModel = SmallModel.Initial,
            Privacy = _privacy,
        });
        File.Exists(PathOf(PartyFiles.State)).Should().BeTrue();
        return Task.FromResult(client.Announce().ToArray());
    }

    private async Task<(FederationJob Job, ClientKeys Keys)> DescribeAsync()
    {
        FederationJob job = _federation.Job;
        using var authority = new KeyAuthority(job.JobId, _context, job.Roster, new RosterAuthenticator());
        PrivacyTerms terms = PrivacyTerms.ForLocalTraining(8, 1e-5, clip: 1, logClipUnits: 10, variance: 1L << 22, samplingRate: 1, steps: 4) with { NoisedCount = new NoisedCountTerms(100) };
        using var server = ServerIdentity.Create();
        var counted = new FederationJob(
            job.JobId, authority.Info, server.VerificationKey, job.Roster, SmallJob.Terms, FederationJob.DigestOf(SmallModel.Initial), SmallJob.Settings,
            update: new UpdateTerms(UpdateKind.Difference, integers: null, terms));
        using (PartyFolder folder = PartyFolder.Open(_federation.FolderOf(_name)))
        {
            folder.Replace(PartyFiles.Job, counted.WriteTo);
        }

        using var request = new KeyRequest(counted, _federation.Identities[_name]);
        return (counted, request.Open(_context, (await authority.HandleAsync(request.Bytes)).Answer));
    }

    private string PathOf(string file) => Path.Combine(_federation.FolderOf(_name), file);

    /// <summary>Returns the drawn count that an announcement has.</summary>
    private static long WeightOf(byte[] announcement)
        => Enumerable.Range(1, 2).Select(draw => Counting.Noised + draw).Single(count => announcement.AsSpan().IndexOf(BitConverter.GetBytes(count)) > 0);

    private sealed class Counting : IPrivacyProvider, ICountMechanism
    {
        // Eight bytes that an announcement has nowhere else.
        public const long Noised = 40;

        public int Drawn { get; private set; }

        public IPrivacyMechanism Create(FederationJob job) => this;

        public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => 0;

        public long AddNoise(long count)
        {
            Drawn++;
            return Noised + Drawn;
        }
    }
}
