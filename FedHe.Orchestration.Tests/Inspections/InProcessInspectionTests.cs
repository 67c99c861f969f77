using System.Reflection;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;

namespace FedHe.Orchestration.Tests.Inspections;

/// <summary>An inspection works over a transport that repeats, delays and loses messages.</summary>
public sealed class InProcessInspectionTests
{
    private static readonly ClientId Bad = new("hospital-2");

    [Theory]
    [InlineData(SpoiledTag.Segment, "repeats")]
    [InlineData(SpoiledTag.Segment, "delays")]
    [InlineData(SpoiledTag.Segment, "loses")]
    [InlineData(SpoiledTag.Key, "repeats")]
    [InlineData(SpoiledTag.Key, "delays")]
    [InlineData(SpoiledTag.Key, "loses")]
    public async Task Spoiler_OverATransportWithFaults_IsExcluded(SpoiledTag tag, string fault)
    {
        Spoiler? spoiler = null;
        var lost = new HashSet<MessageKind>();
        Dictionary<ClientId, ILocalTrainer> trainers = Enumerable.Range(1, 4).ToDictionary(
            i => new ClientId($"hospital-{i}"), i => (ILocalTrainer)new FakeTrainer(0.2 * i, samples: 10 * i));
        using HeContext context = Schemes.Create("ckks");
        InProcessFederationSetup setup = InProcessFederationTests.Setup(context, trainers) with
        {
            Protection = JobProtection.RoundKeys,
            Faults = message =>
            {
                ReadOnlyMemory<byte> bytes = message is { IsToServer: true, Kind: MessageKind.Upload or MessageKind.Showing } && message.Client == Bad
                    ? spoiler!.Pass(message.Bytes, Parse(message.Bytes))
                    : message.Bytes;
                bool isOfInspection = message.Kind is MessageKind.Inquiry or MessageKind.Showing or MessageKind.CheckRequest or MessageKind.Verdict
                    or MessageKind.KeySum or MessageKind.KeyApproval;
                return fault switch
                {
                    "repeats" => [new Delivery(bytes, TimeSpan.Zero), new Delivery(bytes, TimeSpan.Zero)],
                    "delays" => [new Delivery(bytes, TimeSpan.FromSeconds(message.Client.Value[^1] - '0'))],
                    _ => isOfInspection && message.Client != Bad && lost.Add(message.Kind!.Value) ? [] : [new Delivery(bytes, TimeSpan.Zero)],
                };
            },
        };
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup);
        var protocol = new RoundKeyProtocol(federation.Job.RoundKeyParameters!, context.Public, setup.Terms);
        spoiler = new Spoiler(protocol, IdentityOf(federation, Bad), tag);

        var outcomes = new List<RoundResult>();
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            outcomes.Add(outcome);
        }

        federation.Outcome.Should().Be(FederationOutcome.Completed);
        outcomes[^1].Report.Excluded.Should().ContainSingle().Which.Should().Be(new KeyValuePair<ClientId, ExclusionReason>(
            Bad, tag == SpoiledTag.Key ? ExclusionReason.WrongKeyTags : ExclusionReason.WrongValueTags));
        federation.Clients.Where(client => client.Client != Bad).Should().OnlyContain(client => client.Outcome == FederationOutcome.Completed);

        FederationMessage Parse(ReadOnlyMemory<byte> bytes)
            => MessageFormat.TryRead(bytes, context.ParametersId, bytes.Length, out FederationMessage? parsed, out _) ? parsed : throw new InvalidOperationException();
    }

    /// <summary>Takes the key of a client, which only a malicious one would use to sign wrong tags.</summary>
    private static ClientIdentity IdentityOf(InProcessFederation federation, ClientId client)
    {
        var stations = (SortedDictionary<ClientId, ClientStation>)Field(typeof(InProcessFederation), "_stations").GetValue(federation)!;
        return (ClientIdentity)Field(typeof(ClientStation), "_identity").GetValue(stations[client])!;
    }

    private static FieldInfo Field(Type type, string name) => type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;
}
