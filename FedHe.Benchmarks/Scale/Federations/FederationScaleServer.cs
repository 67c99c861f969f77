using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Persistence;
using FedHe.Orchestration.Server;

namespace FedHe.Benchmarks.Scale.Federations;

/// <summary>The process of the federation's server: a <see cref="FederationServer"/> with its sums in files, for clients that come one after the other.</summary>
internal sealed class FederationScaleServer : IDisposable
{
    /// <summary>The first argument of a process that is a server; behind it come the folder, the number of clients and of threads, and where the server waits to be killed.</summary>
    public const string Argument = "--federation-server";

    /// <summary>What stands before the port that the server listens on.</summary>
    public const string Port = "port ";

    private readonly FederationPlaces _places;
    private readonly int _clients;
    private readonly long _waitAt;
    private readonly HeContext _context;
    private readonly FederationServer _server;
    private readonly Dictionary<ClientId, Queue<OutgoingMessage>> _mail = [];

    private FederationScaleServer(string folder, int clients, int threads, long waitAt)
    {
        _places = new FederationPlaces(folder);
        _clients = clients;
        _waitAt = waitAt;
        _context = FederationPlaces.CreateContext(threads);
        var setup = new FederationServerSetup { Context = _context.Public, Job = _places.ReadJob(), Identity = _places.ReadServer(), SumFolder = _places.Sums };
        if (File.Exists(_places.ServerState))
        {
            byte[] state = File.ReadAllBytes(_places.ServerState);
            StateStamp.TryRead(state, out StateStamp? newest);
            _server = FederationServer.Restore(setup, state, newest);
            Take(_server.Advance());
        }
        else
        {
            _server = new FederationServer(setup);
        }
    }

    /// <summary>Serves clients until the process is killed.</summary>
    public static int Run(string[] arguments)
    {
        using var server = new FederationScaleServer(arguments[0], Number(arguments[1]), Number(arguments[2]), long.Parse(arguments[3], CultureInfo.InvariantCulture));
        server.Listen();
        return 0;
    }

    public void Dispose()
    {
        _server.Dispose();
        _context.Dispose();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private void Listen()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Console.WriteLine(Port + ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        while (true)
        {
            using TcpClient connection = listener.AcceptTcpClient();
            connection.NoDelay = true;
            try
            {
                Serve(connection);
            }
            catch (IOException)
            {
                // The client has gone.
            }

            Console.WriteLine(ScaleServer.Peak + MemoryWatch.ResidentPeakInBytes.ToString(CultureInfo.InvariantCulture));
        }
    }

    private void Serve(TcpClient connection)
    {
        using var reader = new BinaryReader(connection.GetStream());
        using var writer = new BinaryWriter(connection.GetStream());
        Queue<OutgoingMessage> mail = MailOf(new ClientId($"client-{reader.ReadInt32()}"));
        Stream? message = null;
        byte[] part = [];
        while (true)
        {
            switch (reader.ReadByte())
            {
                case FederationLink.Deliver:
                    Deliver(reader.ReadString());
                    writer.Write((byte)1);
                    break;
                case FederationLink.Next:
                    message?.Dispose();
                    message = mail.TryDequeue(out OutgoingMessage next) ? next.OpenRead() : null;
                    writer.Write(message?.Length ?? -1L);
                    break;
                default:
                    message!.Position = reader.ReadInt64();
                    int length = reader.ReadInt32();
                    part = part.Length < length ? new byte[length] : part;
                    message.ReadExactly(part, 0, length);
                    writer.Write(part, 0, length);
                    break;
            }
        }
    }

    private void Deliver(string path)
    {
        using var file = new CountedFile(path, read =>
        {
            Console.WriteLine(ScaleServer.Read + read.ToString(CultureInfo.InvariantCulture));
            if (read >= _waitAt)
            {
                Console.WriteLine(ScaleServer.Waits);
                Thread.Sleep(Timeout.Infinite);
            }
        });
        Take(_server.Handle(file));
        if (_server.Phase == ServerPhase.NotStarted && _server.AvailableClients.Count == _clients)
        {
            Take(_server.Start());
        }
    }

    private void Take(ServerStep step)
    {
        if (step.Failure is Exception failure)
        {
            throw new InvalidOperationException("A step of the server failed.", failure);
        }

        if (step.State is SavedState state)
        {
            FederationPlaces.WriteDurably(_places.ServerState, state.ToArray());
        }

        foreach (OutgoingMessage message in step.Messages.Where(message => message.Recipient is not null))
        {
            MailOf(message.Recipient!.Value).Enqueue(message);
        }
    }

    private Queue<OutgoingMessage> MailOf(ClientId client)
    {
        if (!_mail.TryGetValue(client, out Queue<OutgoingMessage>? mail))
        {
            _mail.Add(client, mail = new Queue<OutgoingMessage>());
        }

        return mail;
    }
}
