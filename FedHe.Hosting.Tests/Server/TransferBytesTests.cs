using FedHe.Hosting.AspNetCore.Transfers;
using FedHe.Hosting.Tests.Support;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Hosting.Tests.Server;

/// <summary>An upload is hashed as it comes, over as many requests and interruptions as it takes, and what was hashed counts only where it is what is in the file.</summary>
public sealed class TransferBytesTests : IDisposable
{
    private readonly TransferBench _bench = new(JobMode.RoundKeys);
    private readonly string _path;
    private bool _isFailing;
    private ReadOnlyMemory<byte> _upload;
    private TransferHead _head = null!;

    public TransferBytesTests() => _path = Path.Combine(_bench.Federation.Root, "one.bytes");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Upload_OverSeveralRequests_IsHashed()
    {
        TransferBytes bytes = await BeginAsync();
        for (int chunk = 0; chunk < _head.ChunkCount; chunk++)
        {
            bytes.Digests.Should().BeNull();
            (await bytes.WriteAsync(chunk * TransferBench.Chunk, ArrivingBodies.Of(ChunkAt(chunk)), CancellationToken.None)).Should().Be(ChunkOutcome.Written);
        }

        ShouldBeHashed(bytes);
        bytes.BringToDisk();
        ShouldBeHashed(bytes);
    }

    [Fact]
    public async Task Upload_WithADamagedChunk_IsHashedAsItIsInTheFile()
    {
        TransferBytes bytes = await BeginAsync();
        byte[] damaged = ChunkAt(0).ToArray();
        damaged[^1] ^= 1;
        (await bytes.WriteAsync(0, ArrivingBodies.Of(damaged), CancellationToken.None)).Should().Be(ChunkOutcome.WrongBytes);

        await GoOnAsync(bytes);

        ShouldBeHashed(bytes);
    }

    /// <summary>Something in front of the server may change a body and leave its stated length.</summary>
    [Fact]
    public async Task Body_ThatIsLongerThanItSaid_IsRefused()
    {
        TransferBytes bytes = await BeginAsync();
        byte[] longer = [.. _upload.Span, 0];

        await bytes.Awaiting(one => one.WriteAsync(0, ArrivingBodies.Of(longer, _upload.Length), CancellationToken.None)).Should().ThrowAsync<Microsoft.AspNetCore.Http.BadHttpRequestException>();

        bytes.Digests.Should().BeNull();
        await GoOnAsync(bytes);
        ShouldBeHashed(bytes);
    }

    [Fact]
    public async Task Body_ThatIsLongerThanTheMessage_IsWrong()
    {
        TransferBytes bytes = await BeginAsync();
        byte[] longer = [.. _upload.Span, 0];

        (await bytes.WriteAsync(0, ArrivingBodies.Of(longer), CancellationToken.None)).Should().Be(ChunkOutcome.WrongBytes);

        await GoOnAsync(bytes);
        ShouldBeHashed(bytes);
    }

    [Fact]
    public async Task Upload_WhoseConnectionWasCut_IsHashedAsItIsInTheFile()
    {
        TransferBytes bytes = await BeginAsync();
        ReadOnlyMemory<byte> part = _upload[..(TransferBench.Chunk + 100)];
        await bytes.Awaiting(one => one.WriteAsync(0, ArrivingBodies.Of(part, 2 * TransferBench.Chunk), CancellationToken.None)).Should().ThrowAsync<Exception>();
        bytes.Offset.Should().Be(TransferBench.Chunk, "the first chunk is whole");

        await GoOnAsync(bytes);

        ShouldBeHashed(bytes);
    }

    [Fact]
    public async Task Upload_OfWhichAnEarlierProcessHasTheBeginning_IsHashedAsItIsInTheFile()
    {
        TransferBytes before = await BeginAsync();
        await before.WriteAsync(0, ArrivingBodies.Of(ChunkAt(0)), CancellationToken.None);
        var bytes = new TransferBytes(_path, _head);
        bytes.Verify();
        bytes.Offset.Should().Be(TransferBench.Chunk);

        await GoOnAsync(bytes);

        ShouldBeHashed(bytes);
    }

    /// <summary>What was hashed of a part that could not be written is forgotten, and the part comes again.</summary>
    [Fact]
    public async Task Chunk_ThatCouldNotBeWritten_ComesAgain()
    {
        TransferBytes bytes = await BeginAsync();
        await bytes.WriteAsync(0, ArrivingBodies.Of(ChunkAt(0)), CancellationToken.None);
        byte[] written = File.ReadAllBytes(_path);
        File.Delete(_path);
        File.CreateSymbolicLink(_path, "/dev/full");

        await bytes.Awaiting(one => one.WriteAsync(TransferBench.Chunk, ArrivingBodies.Of(_upload[TransferBench.Chunk..]), CancellationToken.None)).Should().ThrowAsync<IOException>();

        bytes.Offset.Should().Be(TransferBench.Chunk);
        bytes.Digests.Should().BeNull();
        File.Delete(_path);
        await File.WriteAllBytesAsync(_path, written);
        await GoOnAsync(bytes);
        ShouldBeHashed(bytes);
    }

    /// <summary>A system says once that it could not bring bytes to the disk; what it reads from then on may be other bytes than were hashed.</summary>
    [Fact]
    public async Task Upload_ThatCouldNotBeFlushed_IsNotHashed_AndHasToComeAgain()
    {
        TransferBytes bytes = await BeginAsync();
        _isFailing = true;
        await GoOnAsync(bytes);
        await TransferBench.UntilAsync(() => bytes.Digests is null);
        _isFailing = false;

        bytes.Invoking(one => one.BringToDisk()).Should().Throw<IOException>();

        bytes.Offset.Should().Be(0);
        bytes.Digests.Should().BeNull();
        await GoOnAsync(bytes);
        bytes.Invoking(one => one.BringToDisk()).Should().NotThrow();
    }

    /// <summary>Makes an upload, and the file for it.</summary>
    private async Task<TransferBytes> BeginAsync()
    {
        (TestServer server, HttpClient _, string client, _upload) = await _bench.OpenAsync();
        await server.DisposeAsync();
        _head = _bench.Head(client, _upload);
        _head.ChunkCount.Should().BeGreaterThan(2);
        var bytes = new TransferBytes(_path, _head, () =>
        {
            if (_isFailing)
            {
                throw new IOException("A flush that is to fail.");
            }
        });
        bytes.TakeRoom();
        return bytes;
    }

    /// <summary>Holds what was found out to what is in the file, all of which is the upload.</summary>
    private void ShouldBeHashed(TransferBytes bytes)
    {
        byte[] inFile = File.ReadAllBytes(_path);
        inFile.Should().Equal(_upload.ToArray());
        var hasher = new UploadHasher();
        hasher.Append(inFile);
        bytes.Digests.Should().BeEquivalentTo(hasher.Complete(), options => options.IncludingInternalProperties());
    }

    private ReadOnlyMemory<byte> ChunkAt(int chunk) => _upload.Slice(chunk * TransferBench.Chunk, _head.LengthOf(chunk));

    /// <summary>Brings the rest of the upload with one request.</summary>
    private async Task GoOnAsync(TransferBytes bytes)
    {
        (await bytes.WriteAsync(bytes.Offset, ArrivingBodies.Of(_upload[(int)bytes.Offset..]), CancellationToken.None)).Should().Be(ChunkOutcome.Written);
        bytes.Offset.Should().Be(_upload.Length);
    }
}
