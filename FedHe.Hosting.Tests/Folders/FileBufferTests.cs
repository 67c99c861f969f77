using System.Buffers;
using FedHe.Hosting.Folders;

namespace FedHe.Hosting.Tests.Folders;

/// <summary>What is written to a file part by part.</summary>
public sealed class FileBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(200_000)]
    public void Written_IsInTheFile_AndItsBeginningIsKept(int length)
    {
        string path = Path.GetTempFileName();
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        var buffer = new FileBuffer(headLength: 256);
        using (var file = new FileStream(path, FileMode.Create))
        {
            buffer.File = file;
            buffer.Write(bytes.AsSpan(0, length / 3));

            // A part that is longer than the buffer, in one piece.
            bytes.AsSpan(length / 3).CopyTo(buffer.GetSpan(length - (length / 3)));
            buffer.Advance(length - (length / 3));
            buffer.Flush();
        }

        File.ReadAllBytes(path).Should().Equal(bytes);
        buffer.Head.ToArray().Should().Equal(bytes[..Math.Min(length, 256)]);
        File.Delete(path);
    }
}
