using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Win32.SafeHandles;

namespace FedHe.Benchmarks.Uploads;

/// <summary>
/// A plain body is what an upload is measured against: the same bytes in one request, to the same server and over the same kind of connection, written to a file
/// and flushed once.
/// </summary>
internal static class PlainBody
{
    private const string Path = "/plain";

    /// <summary>Adds the endpoint that takes plain bodies to a server.</summary>
    public static void Map(WebApplication app, string folder)
        => app.MapPost(Path, context => TakeAsync(context, System.IO.Path.Combine(folder, "plain.bytes")));

    /// <summary>Sends a body, and returns when it is on the disk of the server.</summary>
    public static async Task SendAsync(HttpClient http, Uri server, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(body);
        using HttpResponseMessage response = await http.PostAsync(new Uri(server, Path), content, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    private static async Task TakeAsync(HttpContext context, string path)
    {
        long length = context.Request.ContentLength!.Value;
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = length;
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, preallocationSize: length))
        {
            PipeReader reader = context.Request.BodyReader;
            long at = 0;
            while (true)
            {
                ReadResult read = await reader.ReadAsync(context.RequestAborted).ConfigureAwait(false);
                await WriteAsync(file, read.Buffer, at, context.RequestAborted).ConfigureAwait(false);
                at += read.Buffer.Length;
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            RandomAccess.FlushToDisk(file);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
        context.Response.OnCompleted(() =>
        {
            File.Delete(path);
            return Task.CompletedTask;
        });
    }

    private static async ValueTask WriteAsync(SafeFileHandle file, ReadOnlySequence<byte> part, long at, CancellationToken cancellationToken)
    {
        var buffers = new List<ReadOnlyMemory<byte>>();
        foreach (ReadOnlyMemory<byte> buffer in part)
        {
            buffers.Add(buffer);
        }

        await RandomAccess.WriteAsync(file, buffers, at, cancellationToken).ConfigureAwait(false);
    }
}
