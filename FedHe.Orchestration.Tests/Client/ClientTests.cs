using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Client;

public sealed class ClientTests
{
    [Fact]
    public async Task Client_ThatMissedRounds_CatchesUpFromTheLatestAggregate()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Clients = 3, Rounds = 3 });
        FederationClient absent = bench.Clients[2];
        IReadOnlyList<OutgoingMessage> messages = bench.StartWithAll();
        for (int round = 1; round <= 2; round++)
        {
            SortedDictionary<ClientId, ReadOnlyMemory<byte>> uploads =
                await bench.TrainAsync(messages.Where(message => message.Recipient != absent.Client));
            uploads.Values.ToList().ForEach(upload => bench.Server.Receive(upload));
            bench.Time.Pass(TestBench.Deadline);
            messages = bench.Server.MoveOn();
            await bench.DeliverAsync(messages.Where(message => message.Recipient != absent.Client), MessageKind.Aggregate);
        }

        ReadOnlyMemory<byte> invitation = messages.Single(
            message => message.Kind == MessageKind.Invitation && message.Recipient == absent.Client).Bytes;
        ReadOnlyMemory<byte> request = (await absent.ReceiveAsync(invitation)).Single();
        OutgoingMessage aggregate = bench.Server.Receive(request).Single();
        ReadOnlyMemory<byte> upload = (await absent.ReceiveAsync(aggregate.Bytes)).Single();

        bench.Parse(request).Kind.Should().Be(MessageKind.AggregateRequest);
        absent.ModelRound.Should().Be(2);
        TestModel.Flat(absent.GlobalModel).Should().Equal(TestModel.Flat(bench.Clients[0].GlobalModel));
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task AggregateRequest_BeforeThereIsAny_IsRefused()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] request = MessageFormat.WriteSigned(
            new AggregateRequest(bench.JobId, bench.Clients[0].Client, 1, 0), bench.Context.ParametersId, bench.Identities[0]);

        bench.ReasonIn(bench.Server.Receive(request)).Should().Be(RefusalReason.WrongRound);
    }

    [Fact]
    public async Task Client_InvitedTwice_SendsTheSameBytesWithoutTrainingAgain()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;

        ReadOnlyMemory<byte> first = (await bench.Clients[0].ReceiveAsync(invitation)).Single();
        ReadOnlyMemory<byte> second = (await bench.Clients[0].ReceiveAsync(invitation)).Single();

        second.ToArray().Should().Equal(first.ToArray());
        bench.Trainers[0].Results.Should().ContainSingle();
        bench.Clients[0].UnacknowledgedUpload!.Value.ToArray().Should().Equal(first.ToArray());
    }

    [Fact]
    public async Task Client_UploadAcknowledged_KeepsNothingToSendAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> upload = (await bench.Clients[0].ReceiveAsync(bench.StartWithAll()[0].Bytes)).Single();

        await bench.Clients[0].ReceiveAsync(bench.Server.Receive(upload).Single().Bytes);

        bench.Clients[0].UnacknowledgedUpload.Should().BeNull();
        bench.Clients[0].LastRefusal.Should().BeNull();
    }

    [Fact]
    public async Task Client_AggregateOfASingleContributor_IsNotDecrypted()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] aggregate = bench.Aggregate(bench.Update(0));

        await bench.Clients[1].ReceiveAsync(Wrap(bench, round: 1, aggregate));

        bench.Clients[1].LastIgnored.Should().Be(IgnoredReason.TooFewContributors);
        bench.Clients[1].LatestAverage.Should().BeNull();
        bench.Clients[1].ModelRound.Should().Be(0);
    }

    [Fact]
    public async Task Client_AggregateRelabelledOrUnderAnotherKey_IsIgnored()
    {
        using TestBench bench = await TestBench.CreateAsync();
        bench.StartWithAll();
        byte[] good = bench.Aggregate(bench.Update(0), bench.Update(1));
        using KeyPair keys = bench.Context.GenerateKeyPair();
        IEncryptor encryptor = bench.Context.CreateEncryptor(keys.SecretKey);
        byte[] underAnotherKey = bench.Aggregate(bench.Update(0, encryptor: encryptor), bench.Update(1, encryptor: encryptor));

        byte[] ofRound2 = bench.Aggregate(bench.Update(0, bench.Slot(0, round: 2)), bench.Update(1, bench.Slot(1, round: 2)));
        await bench.Clients[2].ReceiveAsync(Wrap(bench, round: 1, ofRound2));
        IgnoredReason? relabelled = bench.Clients[2].LastIgnored;
        await bench.Clients[2].ReceiveAsync(Wrap(bench, round: 1, underAnotherKey));
        IgnoredReason? otherKey = bench.Clients[2].LastIgnored;
        await bench.Clients[2].ReceiveAsync(Wrap(bench, round: 1, good));

        relabelled.Should().Be(IgnoredReason.BadAggregate);
        otherKey.Should().Be(IgnoredReason.BadAggregate);
        bench.Clients[2].LastIgnored.Should().BeNull();
        bench.Clients[2].ModelRound.Should().Be(1);
    }

    [Fact]
    public async Task Client_MessagesThatDoNotBelongHere_AreIgnored()
    {
        using TestBench bench = await TestBench.CreateAsync();
        IReadOnlyList<OutgoingMessage> invitations = bench.StartWithAll();
        FederationClient client = bench.Clients[0];
        var good = (Invitation)bench.Parse(invitations[0].Bytes);

        await ShouldIgnoreAsync(invitations[1].Bytes, IgnoredReason.NotForThisClient);
        await ShouldIgnoreAsync(Write(For(new UploadSlot(Guid.NewGuid(), 1, 1, client.Client))), IgnoredReason.NotForThisClient);
        await ShouldIgnoreAsync(Write(good with { BaseDigest = bench.Terms.Digest }), IgnoredReason.WrongBaseModel);
        await ShouldIgnoreAsync(Write(For(new UploadSlot(bench.JobId, 3, 1, client.Client))), IgnoredReason.NotInJob);
        await ShouldIgnoreAsync(Write(For(new UploadSlot(bench.JobId, 1, 3, client.Client))), IgnoredReason.NotInJob);
        await ShouldIgnoreAsync(bench.Clients[1].Announce(), IgnoredReason.UnexpectedMessage);
        await ShouldIgnoreAsync(new byte[48], IgnoredReason.Malformed);
        bench.Trainers[0].Results.Should().BeEmpty();

        async Task ShouldIgnoreAsync(ReadOnlyMemory<byte> message, IgnoredReason reason)
        {
            (await client.ReceiveAsync(message)).Should().BeEmpty();
            client.LastIgnored.Should().Be(reason);
        }

        Invitation For(UploadSlot slot) => new(slot, good.BaseDigest, good.ReferenceWeight);

        byte[] Write(ServerMessage message) => bench.FromServer(message);
    }

    [Fact]
    public async Task Client_TrainingCancelledOrFailed_SendsNothingAndCanTryAgain()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        using var cancellation = new CancellationTokenSource();
        bench.Trainers[0].Before = (_, token) =>
        {
            cancellation.Cancel();
            return Task.Delay(Timeout.Infinite, token);
        };
        Func<Task> cancelled = () => bench.Clients[0].ReceiveAsync(invitation, cancellation.Token);
        await cancelled.Should().ThrowAsync<OperationCanceledException>();

        bench.Trainers[0].Before = (_, _) => throw new TimeoutException();
        Func<Task> failed = () => bench.Clients[0].ReceiveAsync(invitation);
        await failed.Should().ThrowAsync<TimeoutException>();

        bench.Clients[0].UnacknowledgedUpload.Should().BeNull();
        bench.Trainers[0].Before = null;
        (await bench.Clients[0].ReceiveAsync(invitation)).Should().ContainSingle();
    }

    [Fact]
    public async Task Client_ModelThatIsNotANumber_IsNotSent()
    {
        using TestBench bench = await TestBench.CreateAsync();
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        var client = new FederationClient(bench.ClientSetup(0) with { Trainer = new FakeTrainer(double.NaN, samples: 5) });

        Func<Task> act = () => client.ReceiveAsync(invitation);

        await act.Should().ThrowAsync<ModelValueException>();
        client.UnacknowledgedUpload.Should().BeNull();
    }

    [Fact]
    public async Task Client_WithAnEncryptorOfItsOwn_SendsWhatThatEncrypted()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Scheme = "ckks" });
        ReadOnlyMemory<byte> invitation = bench.StartWithAll()[0].Bytes;
        var encryptor = new CountingEncryptor(bench.Keys[0].CreateEncryptor(VectorForm.Full));
        var client = new FederationClient(bench.ClientSetup(0) with { Encryptor = encryptor });

        ReadOnlyMemory<byte> upload = (await client.ReceiveAsync(invitation)).Single();

        encryptor.Vectors.Should().Be(1);
        bench.ReasonIn(bench.Server.Receive(upload)).Should().Be(RefusalReason.None);
    }

    [Fact]
    public async Task Client_Buffers_StayItsOwn()
    {
        using TestBench bench = await TestBench.CreateAsync(new BenchOptions { Rounds = 1 });
        IReadOnlyList<OutgoingMessage> closing = [];
        foreach (ReadOnlyMemory<byte> upload in (await bench.TrainAsync(bench.StartWithAll())).Values)
        {
            closing = bench.Server.Receive(upload);
        }

        await bench.DeliverAsync(closing, MessageKind.Aggregate);

        bench.Clients.Select(client => client.GlobalModel.Get<long>("steps")[0]).Should().Equal(10, 20, 30, 40);
    }

    [Fact]
    public async Task Client_OfAnotherInitialModelOrKey_IsNotCreated()
    {
        using TestBench bench = await TestBench.CreateAsync();
        using TestBench other = await TestBench.CreateAsync();

        Action wrongModel = () => _ = new FederationClient(bench.ClientSetup(0) with { InitialModel = TestModel.Create(seed: 9) });
        Action wrongKeys = () => _ = new FederationClient(bench.ClientSetup(0) with { Keys = other.Keys[0] });
        Action wrongEncryptor = () => _ = new FederationClient(
            bench.ClientSetup(0) with { Encryptor = other.Keys[0].CreateEncryptor() });
        Action insecure = () => _ = new FederationClient(bench.ClientSetup(0) with { Safety = new FederationSafety() });

        wrongModel.Should().Throw<HeMismatchException>();
        wrongKeys.Should().Throw<HeMismatchException>();
        wrongEncryptor.Should().Throw<HeMismatchException>();
        insecure.Should().Throw<InsecureFederationException>();
    }

    private static byte[] Wrap(TestBench bench, int round, byte[] aggregate)
        => bench.FromServer(new AggregateMessage(bench.JobId, round, aggregate));
}
