using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Files;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Files;

/// <summary>An aggregate that a client reads where it lies counts as one in memory does, as a whole or not at all.</summary>
public sealed class StreamedAggregateTests
{
    [Fact]
    public async Task Bytes_OfAnyKind_AreAnsweredAsFromMemory()
    {
        using FileLab lab = await FileLab.CreateAsync();
        byte[] message = await lab.AggregateAsync();
        FederationClient memory = lab.Bench.Clients[0];
        var random = new Random(19);
        var hostile = new List<byte[]>();
        for (int i = 0; i < 150; i++)
        {
            byte[] bytes = [.. message];
            int near = random.Next(3) switch { 0 => random.Next(400), 1 => bytes.Length - 1 - random.Next(200), _ => random.Next(bytes.Length) };
            bytes[near] ^= (byte)(1 << random.Next(8));
            hostile.Add(bytes);
        }

        hostile.AddRange(Enumerable.Range(0, 200).Append(message.Length - 65).Append(message.Length - 1).Select(length => message[..length]));
        hostile.Add([.. message, 0]);
        hostile.Add(memory.Announce().ToArray());
        foreach (byte[] bytes in hostile)
        {
            await memory.ReceiveAsync(bytes);
            ClientStep step = await lab.Client.HandleAsync(new MemoryStream(bytes));

            step.Ignored.Should().Be(memory.LastIgnored).And.NotBeNull();
            step.Outgoing.Should().BeEmpty();
        }

        byte[] moved = [1, 2, 3, .. message];
        using var stream = new MemoryStream(moved) { Position = 3 };
        (await lab.Client.HandleAsync(stream)).Ignored.Should().BeNull("it begins at the position of its stream");
        await memory.ReceiveAsync(message);
        FlatTrainer.ValuesOf(lab.Client.Model).Should().Equal(TestModel.Flat(memory.GlobalModel));
    }

    /// <summary>The bytes change after a number of reads, which may be between two passes over the aggregate or in the middle of one.</summary>
    [Fact]
    public async Task Stream_ThatChangesWhileItIsRead_GivesTheRightModelOrNone()
    {
        using FileLab lab = await FileLab.CreateLongAsync();
        byte[] message = await lab.AggregateAsync();
        message.Length.Should().BeGreaterThan(300_000, "or it would be read once");
        await lab.Bench.Clients[1].ReceiveAsync(message);
        double[] expected = FlatTrainer.ValuesOf(lab.Bench.Clients[1].Model);
        lab.Client.Dispose();
        int changed = 0;
        var random = new Random(23);
        for (int i = 0; i < 60; i++)
        {
            using var client = new FederationClient(lab.SetupOn(new ClientDisk()));
            using var stream = new TurncoatStream(message, after: (long)i * message.Length / 12, at: random.Next(message.Length));
            try
            {
                await client.HandleAsync(stream);
            }
            catch (MessageChangedException)
            {
                changed++;
            }

            if (client.ModelRound == 0)
            {
                lab.FilesIn().Should().BeEmpty("nothing of it is kept");
                (await client.HandleAsync(new MemoryStream(message))).Ignored.Should().BeNull("it goes on with the right bytes");
            }

            FlatTrainer.ValuesOf(client.Model).Should().Equal(expected);
            client.Dispose();
            lab.FilesIn().ToList().ForEach(name => File.Delete(Path.Combine(lab.Folder, name)));
        }

        changed.Should().BeGreaterThan(10, "or nothing was tested");
    }

    /// <summary>Nobody has the client read an old aggregate to its end.</summary>
    [Fact]
    public async Task Aggregate_OfAnOldRound_IsNotReadToItsEnd()
    {
        using FileLab lab = await FileLab.CreateLongAsync();
        byte[] message = await lab.AggregateAsync();
        await lab.Client.HandleAsync(new MemoryStream(message));
        lab.Client.ModelRound.Should().Be(1);
        using var again = new CountingStream(message);

        (await lab.Client.HandleAsync(again)).Ignored.Should().Be(IgnoredReason.Outdated);

        again.Count.Should().BeLessThan(message.Length * 3 / 4, "chunks at its ends are");
    }

    [Fact]
    public async Task Notice_OfAnAggregateInAStream_EndsTheTrainingAndReadsItsEndsAlone()
    {
        using FileLab lab = await FileLab.CreateLongAsync();
        ReadOnlyMemory<byte> invitation = lab.Invite();
        lab.Bench.Trainers[0].Before = (_, token) => Task.Delay(Timeout.Infinite, token);
        Task<ClientStep> training = lab.Client.HandleAsync(invitation);
        byte[] message = lab.Bench.FromServer(new AggregateMessage(lab.Bench.JobId, 1, new byte[400_000]));
        byte[] forged = [.. message];
        forged[^1] ^= 1;
        using var stream = new CountingStream([7, .. message]) { Position = 1 };

        lab.Client.Notice(new MemoryStream(forged)).Should().BeFalse();
        lab.Client.Notice(new MemoryStream(lab.Bench.FromServer(new Acknowledgement(lab.Bench.JobId, default, default)))).Should().BeFalse();
        lab.Client.Notice(stream).Should().BeTrue();

        (await training).Ignored.Should().Be(IgnoredReason.Overtaken);
        (stream.Position, stream.Count < 10_000).Should().Be((1, true));
        lab.Client.Notice(stream).Should().BeFalse("no training is running");
        lab.Client.Invoking(client => client.Notice((Stream)null!)).Should().Throw<ArgumentNullException>();
    }

    /// <summary>A stream that counts what is read.</summary>
    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public long Count { get; private set; }

        // Reading into a span comes here as well.
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            Count += read;
            return read;
        }
    }

    /// <summary>This stream changes one bit after a number of bytes were read.</summary>
    private sealed class TurncoatStream(byte[] bytes, long after, int at) : MemoryStream([.. bytes])
    {
        private long _read;

        public override int Read(Span<byte> buffer)
        {
            if (_read >= after)
            {
                GetBufferOf()[at] = (byte)(bytes[at] ^ 1);
            }

            int count = (int)Math.Min(buffer.Length, Length - Position);
            GetBufferOf().AsSpan((int)Position, count).CopyTo(buffer);
            Position += count;
            _read += count;
            return count;
        }

        private byte[] GetBufferOf() => _other ??= [.. bytes];

        private byte[]? _other;
    }
}
