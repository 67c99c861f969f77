using System.Net;
using System.Net.Sockets;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>
/// A federation link is a client's connection to the server's process: it says where a message lies, asks for the next message for the client, and reads ranges of a message from the server's files.
/// </summary>
internal sealed class FederationLink : IDisposable
{
    public const byte Deliver = 1;
    public const byte Next = 2;
    public const byte Range = 3;

    private readonly TcpClient _connection = new();
    private readonly BinaryReader _reader;
    private readonly BinaryWriter _writer;

    public FederationLink(int port, int client)
    {
        _connection.NoDelay = true;
        _connection.Connect(IPAddress.Loopback, port);
        _reader = new BinaryReader(_connection.GetStream());
        _writer = new BinaryWriter(_connection.GetStream());
        _writer.Write(client);
    }

    /// <summary>Delivers the message in a file, and returns when the server has handled it and saved its state.</summary>
    public void Send(string path)
    {
        _writer.Write(Deliver);
        _writer.Write(path);
        _ = _reader.ReadByte();
    }

    /// <summary>Goes on to the next message for the client, and returns its length, or -1 where there is none.</summary>
    public long TakeNext()
    {
        _writer.Write(Next);
        return _reader.ReadInt64();
    }

    /// <summary>Reads a range of the message.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        _writer.Write(Range);
        _writer.Write(offset);
        _writer.Write(destination.Length);
        _reader.BaseStream.ReadExactly(destination);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
        _connection.Dispose();
    }
}
