using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Tests.Support;

namespace FedHe.Orchestration.Tests.Server;

/// <summary>One pass over a message checks its chunks and finds the digests of its update, however it arrives.</summary>
public sealed class TransferHasherTests : IDisposable
{
    private const int Chunk = TransferHead.MinChunkLength;

    private static readonly Guid JobId = Guid.NewGuid();

    private readonly ClientIdentity _client = ClientIdentity.Create(new ClientId("client-7"));

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData(Chunk, 5 * Chunk, 3 * Chunk, 1)]
    [InlineData(Chunk, 40, 0, 2)]
    [InlineData(Chunk, 39, 0, 8, 39)]
    [InlineData(Chunk, 1, 0, 9, 1)]
    [InlineData(Chunk, 0, 0, 10, 0)]
    [InlineData(Chunk, 100, 30, 3)]
    [InlineData(2 * Chunk, (7 * Chunk) - 91, (6 * Chunk) - 91, 4)]
    [InlineData(64 * Chunk, 200 * Chunk, 199 * Chunk, 5)]
    [InlineData(64 * Chunk, (200 * Chunk) + 13, 17, 6)]
    [InlineData(1024 * Chunk, 300 * Chunk, 100 * Chunk, 7)]
    public void Message_InAnyParts_HasTheDigestsThatAreDescribed(int chunkLength, int updateLength, int modelLength, int seed, int? shortBeginning = null)
    {
        byte[] message = Message(updateLength, modelLength, seed);
        TransferHead head = TransferHead.Sign(message, chunkLength, _client);
        int start = MessageFormat.UpdateStartOf(_client.Client);
        Digest update = StraightDigests.OfRange(message, start, updateLength);
        Digest beginning = StraightDigests.OfRange(message, start, shortBeginning ?? (ProtectedUpdate.HeadLength + modelLength));
        var random = new Random(seed);
        foreach (int longest in (int[])[message.Length, 100_000, 5000, 300])
        {
            var transfer = new TransferHasher(head);
            var upload = new UploadHasher();
            for (int at = 0; at < message.Length;)
            {
                transfer.FindUploadDigests().Should().BeNull("not all of it came");
                int count = Math.Min(message.Length - at, random.Next(1, longest + 1));
                transfer.Append(message.AsSpan(at, count)).Should().BeTrue();
                upload.Append(message.AsSpan(at, count));
                at += count;
                transfer.Offset.Should().Be(at == message.Length ? at : at / chunkLength * chunkLength);

                // Whatever came of a chunk comes again.
                if (random.Next(4) == 0)
                {
                    transfer.Rewind(transfer.Offset);
                    transfer.Append(message.AsSpan((int)transfer.Offset, at - (int)transfer.Offset)).Should().BeTrue();
                }
            }

            foreach (UploadDigests? found in (UploadDigests?[])[transfer.FindUploadDigests(), upload.Complete()])
            {
                found!.Update.Should().Be(update);
                found.Beginning.Should().Be(beginning);
            }
        }

        MessageContent content = MessageContent.Of(message).Slice(start, updateLength);
        ProtectedUpdate.DigestsOf(content, start, degree: 1).Should().Be((update, beginning));
    }

    /// <summary>A chunk that is not the one of the head does not count, nor does anything behind it; the right one does when it comes.</summary>
    [Fact]
    public void Chunk_ThatIsAnotherOne_DoesNotCount_AndMayComeAgain()
    {
        byte[] message = Message(6 * Chunk, 2 * Chunk, seed: 8);
        TransferHead head = TransferHead.Sign(message, Chunk, _client);
        byte[] flipped = [.. message];
        flipped[(2 * Chunk) + 5] ^= 1;
        byte[] firstFlipped = [.. message];
        firstFlipped[MessageFormat.UpdateStartOf(_client.Client) - sizeof(long)] ^= 1;
        (string What, byte[] Bytes, int Right)[] damaged =
        [
            ("a bit", flipped, 2 * Chunk),
            ("a bit of the length of the update", firstFlipped, 0),
            ("two chunks swapped", [.. message[..Chunk], .. message[(2 * Chunk)..(3 * Chunk)], .. message[Chunk..(2 * Chunk)], .. message[(3 * Chunk)..]], Chunk),
            ("a chunk repeated", [.. message[..(2 * Chunk)], .. message[Chunk..^Chunk]], 2 * Chunk),
            ("a boundary moved by a byte", [.. message[..(2 * Chunk)], .. message[((2 * Chunk) + 1)..]], 2 * Chunk),
            ("the last byte", [.. message[..^1], (byte)(message[^1] ^ 1)], 6 * Chunk),
        ];
        foreach ((string what, byte[] bytes, int right) in damaged)
        {
            var hasher = new TransferHasher(head);
            hasher.Append(bytes).Should().BeFalse(what);
            hasher.Offset.Should().Be(right, what);
            hasher.FindUploadDigests().Should().BeNull(what);

            hasher.Append(message.AsSpan(right)).Should().BeTrue(what);

            hasher.FindUploadDigests()!.Update.Should().Be(StraightDigests.OfRange(message, MessageFormat.UpdateStartOf(_client.Client), 6 * Chunk), what);
        }
    }

    [Fact]
    public void Hasher_GoesBackToWhatIsThere_AndNoFurther()
    {
        byte[] message = Message(4 * Chunk, Chunk, seed: 9);
        var hasher = new TransferHasher(TransferHead.Sign(message, Chunk, _client));
        hasher.Append(message).Should().BeTrue();

        hasher.Invoking(one => one.Append([0])).Should().Throw<ArgumentException>().WithParameterName("bytes");
        foreach (long wrong in (long[])[-1, 1, Chunk - 1, message.Length - 1, message.Length + 1, 8 * Chunk])
        {
            hasher.Invoking(one => one.Rewind(wrong)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("offset");
        }

        foreach (int offset in (int[])[2 * Chunk, 0])
        {
            hasher.Rewind(offset);
            hasher.Offset.Should().Be(offset);
            hasher.FindUploadDigests().Should().BeNull();
            hasher.Append(message.AsSpan(offset)).Should().BeTrue();

            // What it had of the upload there is forgotten but at the beginning.
            (hasher.FindUploadDigests() is not null).Should().Be(offset == 0);
        }
    }

    /// <summary>Bytes that came last may have been hashed and not written, however many chunks ended in them.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void WhatCameLast_MayComeAgain_ByteForByte(int before)
    {
        byte[] message = Message(6 * Chunk, 2 * Chunk, seed: 11);
        var hasher = new TransferHasher(TransferHead.Sign(message, Chunk, _client));
        hasher.Append(message.AsSpan(0, before * Chunk)).Should().BeTrue();
        hasher.Append(message.AsSpan(before * Chunk)).Should().BeTrue();
        for (int i = 0; i < 2; i++)
        {
            hasher.Rewind(before * Chunk);
            hasher.Append(message.AsSpan(before * Chunk, Chunk)).Should().BeTrue();
            hasher.Append(message.AsSpan((before + 1) * Chunk, (2 * Chunk) + 7)).Should().BeTrue();
            hasher.Rewind((before + 1) * Chunk);
            hasher.Append(message.AsSpan((before + 1) * Chunk)).Should().BeTrue();

            hasher.FindUploadDigests()!.Update.Should().Be(StraightDigests.OfRange(message, MessageFormat.UpdateStartOf(_client.Client), 6 * Chunk));
            hasher.Rewind(i == 0 ? (before + 1) * Chunk : 0);
            if (i == 0)
            {
                hasher.Append(message.AsSpan((before + 1) * Chunk)).Should().BeTrue();
                hasher.Rewind(0);
                hasher.Append(message.AsSpan(0, before * Chunk)).Should().BeTrue();
            }
        }
    }

    /// <summary>However much is hashed, as of an upload or of anything else, a hasher keeps as much as of little.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hasher_OfAnyLength_KeepsNothingThatGrows(bool isUpload)
    {
        byte[] part = new byte[1 << 20];
        byte[] message = Message(1 << 20, 1 << 19, seed: 12);
        BitConverter.GetBytes(1L << 40).CopyTo(message, MessageFormat.UpdateStartOf(_client.Client) - sizeof(long));
        var hasher = new UploadHasher();
        hasher.Append(isUpload ? message : part);
        hasher.Append(part);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 64; i++)
        {
            hasher.Append(part);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(256 * 1024, "the digests of 64 MiB alone are 512 KiB");
    }

    /// <summary>What is no upload, or one that states another length than it has, has no digests of an update.</summary>
    [Fact]
    public void Message_ThatIsNoUpload_HasNoDigestsOfOne()
    {
        byte[] message = Message(2 * Chunk, Chunk, seed: 10);
        int length = MessageFormat.UpdateStartOf(_client.Client) - sizeof(long);
        byte[] longer = [.. message];
        BitConverter.GetBytes((2L * Chunk) + 1).CopyTo(longer, length);
        byte[] endless = [.. message];
        BitConverter.GetBytes(-1L).CopyTo(endless, length);
        foreach (byte[] bytes in (byte[][])[longer, endless])
        {
            var hasher = new TransferHasher(TransferHead.Sign(bytes, Chunk, _client));

            hasher.Append(bytes).Should().BeTrue("its chunks are right");

            hasher.FindUploadDigests().Should().BeNull();
        }
    }

    /// <summary>Makes an upload with a protected update that states the length of its model.</summary>
    private byte[] Message(int updateLength, int modelLength, int seed)
    {
        byte[] update = new byte[updateLength];
        new Random(seed).NextBytes(update);
        if (updateLength >= ProtectedUpdate.HeadLength)
        {
            BitConverter.GetBytes((long)modelLength).CopyTo(update, Digest.SizeInBytes);
        }

        return MessageFormat.WriteSigned(new Upload(new UploadSlot(JobId, 3, 2, _client.Client), update), Digest.Compute("parameters"u8), _client);
    }
}
