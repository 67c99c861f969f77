using System.Buffers;
using System.Globalization;
using System.Net;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Hosting.Tests.Support;

/// <summary>Requests of a client that brings a message in chunks, as a program without FedHe.Hosting would make them.</summary>
internal static class HttpTransfers
{
    public static byte[] ToBytes(this TransferHead head)
    {
        var bytes = new ArrayBufferWriter<byte>();
        head.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    public static async Task<HttpResponseMessage> BeginTransferAsync(this HttpClient http, string transfers, ReadOnlyMemory<byte> head)
    {
        using var content = new ReadOnlyMemoryContent(head);
        return await http.PostAsync(new Uri(transfers), content);
    }

    public static async Task<HttpResponseMessage> AskOffsetAsync(this HttpClient http, string transfers, Digest name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"{transfers}/{name}");
        return await http.SendAsync(request);
    }

    public static Task<HttpResponseMessage> AppendAsync(this HttpClient http, string transfers, TransferHead head, ReadOnlyMemory<byte> message, int chunk)
    {
        int start = chunk * head.ChunkLength;
        return http.AppendAsync($"{transfers}/{head.Name}", start.ToString(CultureInfo.InvariantCulture), message.Slice(start, head.LengthOf(chunk)));
    }

    public static async Task<HttpResponseMessage> AppendAsync(this HttpClient http, string transfer, string? offset, ReadOnlyMemory<byte> bytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, transfer) { Content = new ReadOnlyMemoryContent(bytes) };
        if (offset is not null)
        {
            request.Headers.TryAddWithoutValidation("Upload-Offset", offset);
        }

        return await http.SendAsync(request);
    }

    public static async Task<HttpResponseMessage> CompleteAsync(this HttpClient http, string transfers, Digest name)
        => await http.PostAsync(new Uri($"{transfers}/{name}"), content: null);

    public static long Offset(this HttpResponseMessage response) => long.Parse(response.Headers.GetValues("Upload-Offset").Single(), CultureInfo.InvariantCulture);

    public static bool IsComplete(this HttpResponseMessage response) => response.Headers.GetValues("Upload-Complete").Single() == "?1";

    /// <summary>Brings the chunks from an offset on, and has the server take the message.</summary>
    public static async Task<HttpStatusCode> GoOnAsync(this HttpClient http, string transfers, TransferHead head, ReadOnlyMemory<byte> message, long offset)
    {
        for (int chunk = (int)((offset + head.ChunkLength - 1) / head.ChunkLength); chunk < head.ChunkCount; chunk++)
        {
            using HttpResponseMessage appended = await http.AppendAsync(transfers, head, message, chunk);
            appended.StatusCode.Should().Be(HttpStatusCode.NoContent);
            appended.Offset().Should().Be(Math.Min(message.Length, (chunk + 1L) * head.ChunkLength));
        }

        using HttpResponseMessage completed = await http.CompleteAsync(transfers, head.Name);
        return completed.StatusCode;
    }
}
