using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Randomness;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Transport;

namespace FedHe.Benchmarks.Rounds;

/// <summary>The parties share one scheme, one key pair and one promise of precision; each gets what a host would give it.</summary>
internal sealed class RoundParties : IDisposable
{
    private readonly RoundOptions _options;
    private readonly HeContext _context;
    private readonly HePublicContext _summing;
    private readonly KeyPair _keys;
    private readonly RandomizerPool? _pool;

    public RoundParties(RoundOptions options)
    {
        _options = options;
        (IHeScheme scheme, HeParameters parameters) = RoundSchemes.Find(options);
        _context = scheme.CreateContext(parameters, new HeContextOptions { MaxDegreeOfParallelism = options.Threads });
        _summing = options.Download == DownloadForm.SeedList || _context.Public.Compressor is null
            ? _context.Public
            : new FullSums(_context.Public, isCompressed: options.Download == DownloadForm.ModSwitched);
        _keys = _context.GenerateKeyPair();
        _pool = (_context as PaillierContext)?.PoolOf(_keys.PublicKey);
    }

    /// <summary>The form in which sums travel: a list needs uploads with seeds, and modulus switching a scheme that
    /// compresses.</summary>
    public DownloadForm Download
    {
        get
        {
            VectorForm upload = _options.PublicKey ? VectorForm.Full : VectorForm.Seeded;
            bool listsSeeds = _context.Public.SumForm(upload, _options.Clients) == VectorForm.SeedList;
            bool compresses = _options.Precision.Bits > 0 && _context is { Public.Compressor: not null, Parameters: CkksParameters { Moduli.Length: 1 } };
            return (_options.Download, listsSeeds, compresses) switch
            {
                (DownloadForm.SeedList, true, _) => DownloadForm.SeedList,
                (DownloadForm.Full, _, _) or (_, _, false) => DownloadForm.Full,
                _ => DownloadForm.ModSwitched,
            };
        }
    }

    /// <summary>The public context of the scheme.</summary>
    public HePublicContext Public => _context.Public;

    /// <summary>Creates an encryptor under the kind of key that was chosen.</summary>
    public IEncryptor CreateEncryptor() => _context.CreateEncryptor(_options.PublicKey ? _keys.PublicKey : _keys.SecretKey);

    /// <summary>Creates a decryptor.</summary>
    public IDecryptor CreateDecryptor() => _context.CreateDecryptor(_keys.SecretKey);

    /// <summary>Creates the terms of a round in which every client has the weight 1.</summary>
    public AggregationTerms TermsOf(ModelLayout layout, EncryptionMask mask) => new(
        layout,
        mask,
        Weighting.Clear,
        maxWeight: 1,
        _options.Precision.Bits > 0 ? new TransferPrecision(_options.Precision.Bits, _options.Clients) : null);

    public UpdateEncryptor EncryptorOf(AggregationTerms terms)
        => new(CreateEncryptor(), _context.Public, terms);

    public UpdateReader UpdateReaderOf(AggregationTerms terms) => new(_context.Public, terms);

    public UpdateAggregator AggregatorOf(AggregationTerms terms) => new(_summing, terms);

    public AggregateReader AggregateReaderOf(AggregationTerms terms) => new(_context.Public, terms);

    public AggregateDecryptor DecryptorOf(AggregationTerms terms) => new(CreateDecryptor(), terms);

    /// <summary>Runs the library's warm-up for a federation of these parties.</summary>
    public void WarmUp(ModelParameters model) => FederationWarmUp.RunAsync(new InProcessFederationSetup
    {
        Context = _options.Keys.Kind == KeysKind.Committee ? null : _context,
        Committee = _options.Keys.Kind == KeysKind.Committee ? CommitteeTerms.OfAll : null,
        Terms = new AggregationTerms(
            model.Layout, Weighting.Clear, maxWeight: 1, _options.Precision.Bits > 0 ? new TransferPrecision(_options.Precision.Bits, _options.Clients) : null),
        Settings = new FederationSettings { Rounds = 1, ClientsPerRound = _options.Clients, Quorum = Math.Min(2, _options.Clients) },
        InitialModel = model,
        Trainers = new Dictionary<ClientId, ILocalTrainer>(),
        Protection = _options.Mode == RoundMode.Direct ? JobProtection.Direct : JobProtection.RoundKeys,
    }).GetAwaiter().GetResult();

    /// <summary>Waits until the randomness of coming Paillier ciphertexts is computed, as it is while a client trains.</summary>
    public void AwaitRandomness() => _pool?.Filling.Wait();

    public void Dispose()
    {
        _keys.Dispose();
        _context.Dispose();
    }
}
